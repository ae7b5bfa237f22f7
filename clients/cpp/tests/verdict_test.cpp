#include "verdict.h"

#include <doctest/doctest.h>

using namespace fsfreezed;
using detail::error_of_receipt;

namespace {

Receipt receipt_with(Verdict verdict) {
  Receipt receipt;
  receipt.hold_id = "h";
  receipt.verdict = verdict;
  receipt.end_cause = EndCause::released;
  return receipt;
}

}  // namespace

TEST_CASE("only what is proven is no error") {
  CHECK_FALSE(error_of_receipt(receipt_with(Verdict::intact), false));
  CHECK(error_of_receipt(receipt_with(Verdict::not_intact), false)->reason() ==
        reasons::freeze_broken);
  CHECK(error_of_receipt(receipt_with(Verdict::never_frozen), false)->reason() ==
        reasons::not_frozen);
  CHECK(error_of_receipt(receipt_with(Verdict::unproven), false)->reason() == reasons::unproven);
  CHECK(error_of_receipt(receipt_with(static_cast<Verdict>(17)), false)->reason() ==
        reasons::unproven);
}

TEST_CASE("nothing but what is unproven can be accepted") {
  CHECK_FALSE(error_of_receipt(receipt_with(Verdict::unproven), true));
  CHECK(error_of_receipt(receipt_with(Verdict::not_intact), true));
  CHECK(error_of_receipt(receipt_with(Verdict::never_frozen), true));
}

TEST_CASE("the error says what is missing, and has the receipt") {
  Receipt receipt = receipt_with(Verdict::unproven);
  FilesystemReceipt of;
  of.filesystem.mount_point = "/srv";
  of.intervals.emplace_back();
  of.intervals[0].evidence = {
      {EvidenceKind::frozen_state, EvidenceResult::held, ""},
      {EvidenceKind::sectors_written, EvidenceResult::missing, "loop42"},
  };
  receipt.filesystems = {of};
  const auto error = error_of_receipt(receipt, false);
  REQUIRE(error);
  CHECK(std::string(error->what()).find("/srv: SECTORS_WRITTEN MISSING (loop42)") !=
        std::string::npos);
  CHECK(error->receipt()->verdict == Verdict::unproven);
  CHECK(error->metadata().at("verdict") == "UNPROVEN");
}
