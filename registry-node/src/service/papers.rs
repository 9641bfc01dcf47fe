//! Papers for holders.
