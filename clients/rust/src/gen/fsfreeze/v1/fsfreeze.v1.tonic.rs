// @generated
/// Generated client implementations.
pub mod freeze_service_client {
    #![allow(
        unused_variables,
        dead_code,
        missing_docs,
        clippy::wildcard_imports,
        clippy::let_unit_value,
    )]
    use tonic::codegen::*;
    use tonic::codegen::http::Uri;
    #[derive(Debug, Clone)]
    pub struct FreezeServiceClient<T> {
        inner: tonic::client::Grpc<T>,
    }
    impl FreezeServiceClient<tonic::transport::Channel> {
        /// Attempt to create a new client by connecting to a given endpoint.
        pub async fn connect<D>(dst: D) -> Result<Self, tonic::transport::Error>
        where
            D: TryInto<tonic::transport::Endpoint>,
            D::Error: Into<StdError>,
        {
            let conn = tonic::transport::Endpoint::new(dst)?.connect().await?;
            Ok(Self::new(conn))
        }
    }
    impl<T> FreezeServiceClient<T>
    where
        T: tonic::client::GrpcService<tonic::body::Body>,
        T::Error: Into<StdError>,
        T::ResponseBody: Body<Data = Bytes> + std::marker::Send + 'static,
        <T::ResponseBody as Body>::Error: Into<StdError> + std::marker::Send,
    {
        pub fn new(inner: T) -> Self {
            let inner = tonic::client::Grpc::new(inner);
            Self { inner }
        }
        pub fn with_origin(inner: T, origin: Uri) -> Self {
            let inner = tonic::client::Grpc::with_origin(inner, origin);
            Self { inner }
        }
        pub fn with_interceptor<F>(
            inner: T,
            interceptor: F,
        ) -> FreezeServiceClient<InterceptedService<T, F>>
        where
            F: tonic::service::Interceptor,
            T::ResponseBody: Default,
            T: tonic::codegen::Service<
                http::Request<tonic::body::Body>,
                Response = http::Response<
                    <T as tonic::client::GrpcService<tonic::body::Body>>::ResponseBody,
                >,
            >,
            <T as tonic::codegen::Service<
                http::Request<tonic::body::Body>,
            >>::Error: Into<StdError> + std::marker::Send + std::marker::Sync,
        {
            FreezeServiceClient::new(InterceptedService::new(inner, interceptor))
        }
        /// Compress requests with the given encoding.
        ///
        /// This requires the server to support it otherwise it might respond with an
        /// error.
        #[must_use]
        pub fn send_compressed(mut self, encoding: CompressionEncoding) -> Self {
            self.inner = self.inner.send_compressed(encoding);
            self
        }
        /// Enable decompressing responses.
        #[must_use]
        pub fn accept_compressed(mut self, encoding: CompressionEncoding) -> Self {
            self.inner = self.inner.accept_compressed(encoding);
            self
        }
        /// Limits the maximum size of a decoded message.
        ///
        /// Default: `4MB`
        #[must_use]
        pub fn max_decoding_message_size(mut self, limit: usize) -> Self {
            self.inner = self.inner.max_decoding_message_size(limit);
            self
        }
        /// Limits the maximum size of an encoded message.
        ///
        /// Default: `usize::MAX`
        #[must_use]
        pub fn max_encoding_message_size(mut self, limit: usize) -> Self {
            self.inner = self.inner.max_encoding_message_size(limit);
            self
        }
        pub async fn freeze(
            &mut self,
            request: impl tonic::IntoRequest<super::FreezeRequest>,
        ) -> std::result::Result<tonic::Response<super::FreezeResponse>, tonic::Status> {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = tonic_prost::ProstCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/fsfreeze.v1.FreezeService/Freeze",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("fsfreeze.v1.FreezeService", "Freeze"));
            self.inner.unary(req, path, codec).await
        }
        pub async fn thaw(
            &mut self,
            request: impl tonic::IntoRequest<super::ThawRequest>,
        ) -> std::result::Result<tonic::Response<super::ThawResponse>, tonic::Status> {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = tonic_prost::ProstCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/fsfreeze.v1.FreezeService/Thaw",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("fsfreeze.v1.FreezeService", "Thaw"));
            self.inner.unary(req, path, codec).await
        }
        pub async fn renew_hold(
            &mut self,
            request: impl tonic::IntoRequest<super::RenewHoldRequest>,
        ) -> std::result::Result<
            tonic::Response<super::RenewHoldResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = tonic_prost::ProstCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/fsfreeze.v1.FreezeService/RenewHold",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("fsfreeze.v1.FreezeService", "RenewHold"));
            self.inner.unary(req, path, codec).await
        }
        pub async fn is_frozen(
            &mut self,
            request: impl tonic::IntoRequest<super::IsFrozenRequest>,
        ) -> std::result::Result<
            tonic::Response<super::IsFrozenResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = tonic_prost::ProstCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/fsfreeze.v1.FreezeService/IsFrozen",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("fsfreeze.v1.FreezeService", "IsFrozen"));
            self.inner.unary(req, path, codec).await
        }
        pub async fn hold_freeze(
            &mut self,
            request: impl tonic::IntoStreamingRequest<Message = super::HoldFreezeRequest>,
        ) -> std::result::Result<
            tonic::Response<tonic::codec::Streaming<super::HoldFreezeResponse>>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = tonic_prost::ProstCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/fsfreeze.v1.FreezeService/HoldFreeze",
            );
            let mut req = request.into_streaming_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("fsfreeze.v1.FreezeService", "HoldFreeze"));
            self.inner.streaming(req, path, codec).await
        }
        pub async fn plan_freeze(
            &mut self,
            request: impl tonic::IntoRequest<super::PlanFreezeRequest>,
        ) -> std::result::Result<
            tonic::Response<super::PlanFreezeResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = tonic_prost::ProstCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/fsfreeze.v1.FreezeService/PlanFreeze",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("fsfreeze.v1.FreezeService", "PlanFreeze"));
            self.inner.unary(req, path, codec).await
        }
        pub async fn list_filesystems(
            &mut self,
            request: impl tonic::IntoRequest<super::ListFilesystemsRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListFilesystemsResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = tonic_prost::ProstCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/fsfreeze.v1.FreezeService/ListFilesystems",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("fsfreeze.v1.FreezeService", "ListFilesystems"));
            self.inner.unary(req, path, codec).await
        }
        pub async fn get_hold(
            &mut self,
            request: impl tonic::IntoRequest<super::GetHoldRequest>,
        ) -> std::result::Result<
            tonic::Response<super::GetHoldResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = tonic_prost::ProstCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/fsfreeze.v1.FreezeService/GetHold",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("fsfreeze.v1.FreezeService", "GetHold"));
            self.inner.unary(req, path, codec).await
        }
        pub async fn list_holds(
            &mut self,
            request: impl tonic::IntoRequest<super::ListHoldsRequest>,
        ) -> std::result::Result<
            tonic::Response<super::ListHoldsResponse>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = tonic_prost::ProstCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/fsfreeze.v1.FreezeService/ListHolds",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("fsfreeze.v1.FreezeService", "ListHolds"));
            self.inner.unary(req, path, codec).await
        }
        pub async fn watch_holds(
            &mut self,
            request: impl tonic::IntoRequest<super::WatchHoldsRequest>,
        ) -> std::result::Result<
            tonic::Response<tonic::codec::Streaming<super::WatchHoldsResponse>>,
            tonic::Status,
        > {
            self.inner
                .ready()
                .await
                .map_err(|e| {
                    tonic::Status::unknown(
                        format!("Service was not ready: {}", e.into()),
                    )
                })?;
            let codec = tonic_prost::ProstCodec::default();
            let path = http::uri::PathAndQuery::from_static(
                "/fsfreeze.v1.FreezeService/WatchHolds",
            );
            let mut req = request.into_request();
            req.extensions_mut()
                .insert(GrpcMethod::new("fsfreeze.v1.FreezeService", "WatchHolds"));
            self.inner.server_streaming(req, path, codec).await
        }
    }
}
