pub struct AefFold;
pub struct AefError;
pub struct Request;
