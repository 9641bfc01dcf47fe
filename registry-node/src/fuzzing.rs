//! The service without its sockets, for the fuzz targets of `tests/fuzz` alone: the
//! feature is off in every program.

use crate::access::Guarded;
use crate::node::Node;
use crate::service::Service;
use http_body::Body as _;
use jcm_api::pb::registry_server::RegistryServer;
use jcm_format::caller::CALLER_HEADER;
use std::pin::pin;
use std::sync::Arc;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Bytes, Service as _, http};
use tonic::metadata::BinaryMetadataValue;

/// As the service's default.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Frames of an answer that are read; a subscription has no end.
const FRAMES_MAX: usize = 64;

impl Node {
    /// Answers one message as if it had come over the wire with this proof or none, whatever
    /// its bytes; gives the status and the length of the answer.
    pub async fn answer(
        &self,
        method: &str,
        message: &[u8],
        proof: &[u8],
    ) -> (Option<Status>, usize) {
        let mut bytes = vec![0];
        bytes.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(message);
        let mut request = http::Request::post(format!("/jcm.registry.v1.Registry/{method}"))
            .header("content-type", "application/grpc");
        if !proof.is_empty() {
            let value = BinaryMetadataValue::from_bytes(proof);
            request = request.header(CALLER_HEADER, value.as_encoded_bytes());
        }
        let request = request.body(Body::new(Whole(Some(Bytes::from(bytes)))));
        let Ok(request) = request else { return (None, 0) };
        let server = RegistryServer::new(Service { shared: Arc::clone(self.shared()) })
            .max_encoding_message_size(usize::MAX);
        let mut server = Guarded::new(server, Arc::clone(self.shared()), MESSAGE_BYTES_MAX);
        let Ok(response) = server.call(request).await;
        let mut status = Status::from_header_map(response.headers());
        let mut body = pin!(response.into_body());
        let mut length = 0;
        for _ in 0..FRAMES_MAX {
            let next = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx));
            // A subscription waits for what does not come.
            let next = tokio::time::timeout(std::time::Duration::from_millis(5), next).await;
            let Ok(Some(Ok(frame))) = next else { break };
            if let Some(data) = frame.data_ref() {
                length += data.len();
            }
            if let Some(trailers) = frame.trailers_ref() {
                status = Status::from_header_map(trailers);
            }
        }
        (status, length)
    }
}

/// A body that is there at once.
struct Whole(Option<Bytes>);

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Ready(self.get_mut().0.take().map(|data| Ok(http_body::Frame::data(data))))
    }
}
