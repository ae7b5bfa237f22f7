#include "tell.h"

#include <cstdio>
#include <ctime>
#include <mutex>

using namespace fsfreezed;

void tell(const Json& line) {
  // Never destroyed: threads that were forgotten may tell something while the process ends.
  static auto& mutex = *new std::mutex;
  const std::string text = line.dump() + "\n";
  const std::lock_guard lock(mutex);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

Json contract(const Message& message) { return Json::parse(message.to_json()); }

namespace {

Json whole_ms(const std::optional<std::chrono::nanoseconds>& duration) {
  if (!duration) return nullptr;
  return std::chrono::duration_cast<std::chrono::milliseconds>(*duration).count();
}

}  // namespace

Json instant(const std::optional<Time>& time) {
  if (!time) return nullptr;
  using std::chrono::milliseconds;
  const auto since_epoch = std::chrono::floor<milliseconds>(time->time_since_epoch());
  const auto whole_seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t seconds = whole_seconds.count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  char text[48];
  std::snprintf(text, sizeof text, "%s.%03dZ", date,
                static_cast<int>((since_epoch - whole_seconds).count()));
  return text;
}

Json native(const HoldInfo& hold) {
  return {{"holdId", hold.hold_id},
          {"state", to_string(hold.state)},
          {"purpose", hold.purpose},
          {"ttlMs", whole_ms(hold.effective.ttl)}};
}

Json native(const Receipt& receipt) {
  std::size_t intervals = 0;
  for (const auto& filesystem : receipt.filesystems) intervals += filesystem.intervals.size();
  return {{"holdId", receipt.hold_id},
          {"verdict", to_string(receipt.verdict)},
          {"endCause", to_string(receipt.end_cause)},
          {"frozenCount", receipt.frozen_count},
          {"thawedCount", receipt.thawed_count},
          {"intervals", intervals},
          {"endTime", instant(receipt.end_time)}};
}

Json native(const HoldStatus& status) {
  return {{"state", to_string(status.state)}, {"heldByThis", status.held_by_this}};
}

Json native(const FrozenStatus& status) {
  Json frozen_by = Json::array();
  for (const auto& holder : status.frozen_by) frozen_by.push_back(to_string(holder.freezer));
  Json told = {{"state", to_string(status.state)}, {"frozenBy", frozen_by}};
  if (status.certainty) told["certainty"] = to_string(*status.certainty);
  return told;
}

Json error_json(const FreezeError& error) {
  Json told = {{"reason", error.reason()},
               {"code", to_string(error.code())},
               {"message", error.what()},
               {"metadata", error.metadata()}};
  if (error.receipt()) told["receipt"] = contract(*error.receipt());
  return told;
}

Json current_error() {
  try {
    throw;
  } catch (const FreezeError& error) {
    return error_json(error);
  } catch (const BodyError& error) {
    Json told = {{"reason", "BODY"}, {"message", error.what()}};
    if (error.receipt) told["receipt"] = contract(*error.receipt);
    return told;
  } catch (const UnsupportedHere& error) {
    return {{"reason", "UNSUPPORTED_HERE"}, {"message", error.what()}};
  } catch (const std::exception& error) {
    return {{"reason", "FOREIGN"}, {"message", error.what()}};
  }
}
