#include "channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace fsfreezed::detail {
namespace {

// A page of holds with their receipts.
constexpr int largest_message = 64 * 1024 * 1024;
// The service comes back within a second of a crash: be there.
constexpr int first_backoff_ms = 100;
constexpr int longest_backoff_ms = 1'000;
// For a connection to come to be. gRPC's own 20 s are longer than a call waits.
constexpr int connect_timeout_ms = 5'000;

int whole_ms(std::chrono::milliseconds time) {
  return static_cast<int>(
      std::clamp<std::int64_t>(time.count(), 1, std::numeric_limits<int>::max()));
}

grpc::ChannelArguments arguments(const ConnectOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, whole_ms(options.keepalive_time));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, whole_ms(options.keepalive_timeout));
  // A hold that is frozen says nothing for a long time; gRPC would stop after two pings.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A call that the service may have begun is never sent twice, whatever a service config in DNS
  // says.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // gRPC would obey http_proxy, for localhost too.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, first_backoff_ms);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, connect_timeout_ms);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, longest_backoff_ms);
  arguments.SetMaxReceiveMessageSize(largest_message);
  // Clients of one process must not share a connection whose options differ.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (options.tls && !options.tls->server_name.empty())
    arguments.SetSslTargetNameOverride(options.tls->server_name);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> credentials(const Address& address,
                                                      const std::optional<TlsOptions>& tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  if (address.is_unix) throw std::invalid_argument("TLS is for HOST:PORT, not for a Unix socket");
  if (tls->certificate.empty() != tls->key.empty())
    throw std::invalid_argument("a client certificate needs its key, and a key its certificate");
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = tls->ca;
  options.pem_cert_chain = tls->certificate;
  options.pem_private_key = tls->key;
  return grpc::SslCredentials(options);
}

}  // namespace

Channel::Channel(const Address& address, const ConnectOptions& options)
    : timeout_(options.timeout),
      channel_(grpc::CreateCustomChannel(address.target, credentials(address, options.tls),
                                         arguments(options))),
      stub_(fsfreeze::v1::FreezeService::NewStub(channel_)) {}

}  // namespace fsfreezed::detail
