//! stub
pub struct DataclassInfo{}
