//! The methods of the service. A test compares them with the proto file.

/// Defines the methods once, with their names.
macro_rules! methods {
    ($($name:ident),* $(,)?) => {
        /// A method of the service.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Method {
            $(
                #[doc = concat!("`", stringify!($name), "`.")]
                $name,
            )*
        }

        impl Method {
            /// Every method, in the order of the proto file.
            pub(crate) const ALL: &[Method] = &[$(Method::$name),*];

            /// Its name in the proto file.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Method::$name => stringify!($name),)*
                }
            }
        }
    };
}

methods! {
    GetRegistry,
    Prepare,
    Submit,
    SubmitStream,
    GetReceipt,
    GetAccount,
    ListKeys,
    ListAccounts,
    ListHoldings,
    GetUnits,
    GetApplication,
    ListApplications,
    Quote,
    GetInvoice,
    GetRules,
    PickUnits,
    CheckEligibility,
    GetUnitHistory,
    ListRestrictions,
    ListTrusts,
    ListNotices,
    SubscribeNotices,
    GetStatement,
    GetCertificate,
    GetCancellationNotice,
    GetPublication,
    GetReport,
    GetFeeLedger,
    GetBooks,
    FindStatementLines,
    GetPayment,
    ListPayments,
    ListProjects,
    ListAuthorisations,
    GetAuthorisation,
    ListAdjustments,
    ListConfirmations,
    GetTotals,
    ListHistory,
    GetCheckpoint,
    ListCheckpoints,
    GetEntry,
    GetInclusionProof,
    GetConsistencyProof,
    ReadLog,
}

impl Method {
    /// The method that a request's path names.
    pub(crate) fn of_path(path: &str) -> Option<Method> {
        let (service, name) = path.strip_prefix('/')?.split_once('/')?;
        let is_ours = service == jcm_api::access::SERVICE;
        Method::ALL.iter().copied().find(|method| is_ours && method.name() == name)
    }

    /// Whether the caller sends more than one message.
    pub(crate) const fn takes_a_stream(self) -> bool {
        matches!(self, Method::SubmitStream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;

    /// A method that the proto file has and the table lacks is found here; one that
    /// the table has twice or too much, as well.
    #[test]
    fn the_methods_are_those_of_the_proto_file() {
        let files = prost_types::FileDescriptorSet::decode(jcm_api::DESCRIPTORS).expect("valid");
        let services = files.file.iter().flat_map(|file| &file.service);
        let service = services.clone().find(|service| service.name() == "Registry").expect("ours");
        assert_eq!(services.count(), 1, "one service, hence one table");
        let of_proto: Vec<_> =
            service.method.iter().map(|it| (it.name(), it.client_streaming())).collect();
        let ours: Vec<_> = Method::ALL.iter().map(|it| (it.name(), it.takes_a_stream())).collect();
        assert_eq!(ours, of_proto);
    }

    #[test]
    fn a_path_names_a_method_of_this_service_alone() {
        for method in Method::ALL {
            let path = format!("/jcm.registry.v1.Registry/{}", method.name());
            assert_eq!(Method::of_path(&path), Some(*method));
        }
        for path in ["", "/", "/other/Submit", "/jcm.registry.v1.Registry/submit", "Submit"] {
            assert_eq!(Method::of_path(path), None, "{path}");
        }
    }
}
