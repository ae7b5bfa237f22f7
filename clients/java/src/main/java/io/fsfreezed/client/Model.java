package io.fsfreezed.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;

/**
 * Something that the service told, or that it is told: an immutable view of one message of the
 * contract.
 *
 * <p>Two are equal when all that they say is equal. What the service did not say is an empty {@link
 * java.util.Optional}. Enums that a newer service may extend come with an accessor of their name:
 * {@code verdict()} is {@link Verdict#UNRECOGNIZED} then, and {@code verdictName()} is {@code
 * UNKNOWN_17}.
 */
public abstract class Model {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().omittingInsignificantWhitespace();

  private final Message message;

  Model(Message message) {
    this.message = message;
  }

  /**
   * The contract's own form, proto3 JSON, in one line: what protobuf libraries of every language
   * read.
   */
  public final String toJson() {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException e) {
      // Only an Any of an unknown type cannot be printed, and the contract has none.
      throw new IllegalStateException(e);
    }
  }

  @Override
  public final boolean equals(Object other) {
    return other instanceof Model model
        && model.getClass() == getClass()
        && model.message.equals(message);
  }

  @Override
  public final int hashCode() {
    return message.hashCode();
  }

  /** For people: may change at any time. */
  @Override
  public final String toString() {
    return getClass().getSimpleName() + toJson();
  }
}
