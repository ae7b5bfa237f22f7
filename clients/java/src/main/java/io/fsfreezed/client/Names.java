package io.fsfreezed.client;

import java.util.Optional;

/**
 * The contract's enums as Java enums: the constants in the order of their numbers from 1, without
 * the 0 that means "not said", and at the end UNRECOGNIZED, for all numbers of a newer service.
 */
final class Names {
  private Names() {}

  /** The constant of a number that the contract promises to set. */
  static <E extends Enum<E>> E constant(E[] constants, int number) {
    int unrecognized = constants.length - 1;
    return constants[number >= 1 && number <= unrecognized ? number - 1 : unrecognized];
  }

  /** Its name, {@code UNKNOWN_17} for a number that this version does not know. */
  static <E extends Enum<E>> String name(E[] constants, int number) {
    E constant = constant(constants, number);
    return constant == constants[constants.length - 1] ? "UNKNOWN_" + number : constant.name();
  }

  /** The constant; empty for 0. */
  static <E extends Enum<E>> Optional<E> optional(E[] constants, int number) {
    return number == 0 ? Optional.empty() : Optional.of(constant(constants, number));
  }

  /** The name; empty for 0. */
  static <E extends Enum<E>> Optional<String> optionalName(E[] constants, int number) {
    return number == 0 ? Optional.empty() : Optional.of(name(constants, number));
  }

  /** The number of a constant in the contract. */
  static int number(Enum<?> constant) {
    return constant.ordinal() + 1;
  }
}
