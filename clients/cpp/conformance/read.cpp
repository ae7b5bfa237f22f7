#include "read.h"

#include <fstream>
#include <sstream>

using namespace fsfreezed;

Json member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? Json() : *found;
}

std::optional<std::chrono::milliseconds> read_ms(const Json& object, const char* key) {
  const Json value = member(object, key);
  if (value.is_null()) return std::nullopt;
  return std::chrono::milliseconds(value.get<std::int64_t>());
}

namespace {

template <class Field>
void read_into(Field& field, const Json& object, const char* key) {
  const Json value = member(object, key);
  if (!value.is_null()) field = value.get<Field>();
}

std::string read_file(const Json& object, const char* key) {
  const Json path = member(object, key);
  if (path.is_null()) return {};
  std::ifstream file(path.get<std::string>());
  if (!file) throw std::runtime_error("cannot read " + path.get<std::string>());
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

DeviceNumber read_device_number(const std::string& text) {
  const std::size_t colon = text.find(':');
  return {static_cast<std::uint32_t>(std::stoul(text.substr(0, colon))),
          static_cast<std::uint32_t>(std::stoul(text.substr(colon + 1)))};
}

std::optional<Presync> read_presync(const Json& options) {
  const Json given = member(options, "presync");
  if (given.is_null()) return std::nullopt;
  Presync presync;
  const Json mode = member(given, "mode");
  if (mode == "OFF") presync.mode = PresyncMode::off;
  if (mode == "UNTIL_CALM") presync.mode = PresyncMode::until_calm;
  presync.timeout = read_ms(given, "timeoutMs");
  return presync;
}

std::optional<Hooks> read_hooks(const Json& options) {
  const Json given = member(options, "hooks");
  if (given.is_null()) return std::nullopt;
  Hooks hooks;
  read_into(hooks.names, given, "names");
  hooks.timeout = read_ms(given, "timeoutMs");
  return hooks;
}

/// What `hold` and `freeze` have in common.
template <class Options>
void read_settings(Options& read, const Json& options) {
  read.ttl = read_ms(options, "ttlMs");
  read.freeze_timeout = read_ms(options, "freezeTimeoutMs");
  read_into(read.purpose, options, "purpose");
  read.presync = read_presync(options);
  read.hooks = read_hooks(options);
}

/// What `hold` and `resume` have in common.
template <class Options>
void read_behaviour(Options& read, const Json& options) {
  read.linger = read_ms(options, "lingerMs");
  read_into(read.auto_renew, options, "autoRenew");
  read.max_hold = read_ms(options, "maxHoldMs");
  read_into(read.accept_unproven, options, "acceptUnproven");
}

}  // namespace

ConnectOptions read_connect(const Json& command) {
  ConnectOptions options;
  const Json tls = member(command, "tls");
  if (!tls.is_null()) {
    options.tls.emplace();
    options.tls->ca = read_file(tls, "ca");
    options.tls->certificate = read_file(tls, "certificate");
    options.tls->key = read_file(tls, "key");
    read_into(options.tls->server_name, tls, "serverName");
  }
  options.timeout = read_ms(command, "timeoutMs").value_or(options.timeout);
  options.keepalive_time = read_ms(command, "keepaliveTimeMs").value_or(options.keepalive_time);
  options.keepalive_timeout =
      read_ms(command, "keepaliveTimeoutMs").value_or(options.keepalive_timeout);
  return options;
}

Target read_target(const Json& given) {
  if (given.is_string()) return given.get<std::string>();
  Target target = "";
  if (given.contains("path"))
    target = MountPoint{given.at("path"), given.value("allowSubdirectory", false)};
  else if (given.contains("blockDevice"))
    target = BlockDevicePath{given.at("blockDevice")};
  else if (given.contains("deviceNumber"))
    target = read_device_number(given.at("deviceNumber"));
  else
    target = FilesystemUuid{given.at("filesystemUuid")};
  read_into(target.expect_uuid, given, "expectUuid");
  if (given.contains("expectDevice"))
    target.expect_device = read_device_number(given.at("expectDevice"));
  return target;
}

Targets read_targets(const Json& given) {
  if (given.is_object() && given.value("allFreezable", false)) {
    AllFreezable all;
    read_into(all.exclude, given, "exclude");
    return all;
  }
  if (!given.is_array()) return read_target(given);
  std::vector<Target> targets;
  for (const Json& target : given) targets.push_back(read_target(target));
  return targets;
}

HoldOptions read_hold_options(const Json& options) {
  HoldOptions read;
  read_settings(read, options);
  read_behaviour(read, options);
  read_into(read.freeze_on_open, options, "freezeOnOpen");
  return read;
}

ResumeOptions read_resume_options(const Json& options) {
  ResumeOptions read;
  read.ttl = read_ms(options, "ttlMs");
  read_behaviour(read, options);
  return read;
}

FreezeOptions read_freeze_options(const Json& command) {
  FreezeOptions read;
  read_settings(read, command.value("options", Json::object()));
  read_into(read.request_id, command, "requestId");
  return read;
}
