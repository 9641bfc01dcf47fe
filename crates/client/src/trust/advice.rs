//! What to do about each failure.

use super::TrustError;

impl TrustError {
    /// What to do next.
    pub fn advice(&self) -> String {
        match self {
            TrustError::Io { .. } | TrustError::Damaged(_) => {
                "Check the file. If it is lost, remove it and pin the log key again from a source you trust."
            }
            TrustError::NotAKey { .. } => "Give the key as <origin>+<id>+<base64>.",
            TrustError::KeyDiffers { .. } | TrustError::Checkpoint(_) => {
                "Do not go on. Either this is another registry than before (use another home folder for it), or somebody stands in between: compare the log key with the one that the registry publishes."
            }
            TrustError::Unproven { .. } => {
                "Do not rely on this registry until its operator has explained it: the log may have lost or changed entries. An act that was just sent may have been recorded all the same. Keep the two checkpoints: with them an auditor can ask for the proof; alone they prove nothing to others."
            }
            TrustError::SplitView(_) | TrustError::Condemned(_) => {
                "Do not rely on this registry: its operator, or whoever has its key, shows different records to different people. Nothing was lost on your side. Give the evidence to an auditor or to the ministries; with the registry's published log key it proves the matter without you. To go on in spite of it, move the files out of the evidence folder."
            }
            TrustError::NotWitnessed { .. } => {
                "Nothing contradicts what you have, but who is to vouch for it has not: it may be shown to you alone. An act that was just sent may have been recorded all the same. Try again when the witnesses are back; if it lasts, ask the operator, and the witnesses."
            }
            TrustError::Cosignature { .. } => {
                "Do not go on: the registry, or somebody in between, shows a cosignature that the witness has not made. Compare the witnesses' keys in the policy with those that they publish."
            }
            TrustError::PolicyOfAnother { .. } => {
                "Give the policy that this registry's operator publishes, or another home folder for the other registry."
            }
            TrustError::PolicyOfNobody => "Name the witnesses that you demand in its quorum line, or give no policy.",
            TrustError::Contended => "Try again.",
        }
        .to_owned()
    }
}
