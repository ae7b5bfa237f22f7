/// The contract's messages as native values.
#pragma once

#include <vector>

#include "fsfreeze/v1/freeze_service.pb.h"
#include "fsfreeze/v1/hold_stream.pb.h"
#include "fsfreezed/model.h"

namespace fsfreezed::detail {

namespace pb = ::fsfreeze::v1;

DeviceNumber decode(const pb::DeviceNumber& number);
BlockDevice decode(const pb::BlockDevice& device);
Filesystem decode(const pb::Filesystem& filesystem);
Owner decode(const pb::Owner& owner);
HoldReference decode(const pb::HoldReference& hold);
FrozenBy decode(const pb::FrozenBy& holder);
ErrorDetail decode(const pb::ErrorDetail& detail);
PassedOver decode(const pb::PassedOver& passed_over);
PresyncInfo decode(const pb::Presync& presync);
HooksInfo decode(const pb::Hooks& hooks);
HoldOptionsInfo decode(const pb::HoldOptions& options);
Limits decode(const pb::Limits& limits);

EvidenceItem decode(const pb::EvidenceItem& item);
PresyncPass decode(const pb::PresyncPass& pass);
FreezeInterval decode(const pb::FreezeInterval& interval);
FilesystemReceipt decode(const pb::FilesystemReceipt& receipt);
Receipt decode(const pb::Receipt& receipt);

HoldFilesystem decode(const pb::HoldFilesystem& filesystem);
HoldInfo decode(const pb::Hold& hold);
HoldFilesystemStatus decode(const pb::FilesystemStatus& status);
HoldStatus decode(const pb::HoldStatus& status);
Progress decode(const pb::HoldProgress& progress);
FrozenStatus decode(const pb::IsFrozenResponse& response);
FilesystemInfo decode(const pb::FilesystemInfo& info);
PlannedFilesystem decode(const pb::PlannedFilesystem& filesystem);
Plan decode(const pb::Plan& plan);
ForcedThaw decode(const pb::ForcedThaw& forced);

/// A repeated field.
template <class Repeated>
auto decode_all(const Repeated& messages) {
  std::vector<decltype(decode(messages.Get(0)))> values;
  values.reserve(static_cast<std::size_t>(messages.size()));
  for (const auto& message : messages) values.push_back(decode(message));
  return values;
}

}  // namespace fsfreezed::detail
