package io.fsfreezed.client;

import io.grpc.Status;
import java.util.Map;
import java.util.stream.Collectors;

/** What a receipt means to whoever must decide whether to keep a snapshot. */
final class Verdicts {
  private Verdicts() {}

  /**
   * Returns the receipt of a hold that held.
   *
   * @throws FreezeException FREEZE_BROKEN, NOT_FROZEN, or UNPROVEN where that is not accepted; with
   *     the receipt
   */
  static Receipt accept(Receipt receipt, boolean acceptUnproven) {
    switch (receipt.verdict()) {
      case INTACT -> {}
      case NOT_INTACT ->
          throw error(
              receipt,
              Reason.FREEZE_BROKEN,
              Status.Code.ABORTED,
              "the freeze did not hold: " + shortcomings(receipt, receipt.endCauseName()));
      case NEVER_FROZEN ->
          throw error(
              receipt,
              Reason.NOT_FROZEN,
              Status.Code.FAILED_PRECONDITION,
              "the hold ended before all of it was frozen");
      // A verdict that only a newer service knows proves nothing to this client.
      case UNPROVEN, UNRECOGNIZED -> {
        if (!acceptUnproven) {
          throw error(
              receipt,
              Reason.UNPROVEN,
              Status.Code.OK,
              "nothing wrong was seen, but it is not proven: "
                  + shortcomings(receipt, receipt.verdictName()));
        }
      }
    }
    return receipt;
  }

  private static FreezeException error(
      Receipt receipt, Reason reason, Status.Code code, String message) {
    return FreezeException.of(reason, code, message)
        .withMetadata(
            Map.of(
                "hold_id", receipt.holdId(),
                "verdict", receipt.verdictName(),
                "cause", receipt.endCauseName()))
        .withReceipt(receipt);
  }

  private static String shortcomings(Receipt receipt, String otherwise) {
    String text =
        receipt.shortcomings().stream()
            .map(Shortcoming::toString)
            .collect(Collectors.joining("; "));
    return text.isEmpty() ? otherwise : text;
  }
}
