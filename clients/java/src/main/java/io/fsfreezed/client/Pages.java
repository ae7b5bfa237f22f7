package io.fsfreezed.client;

import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/** Lists that the service tells page by page. */
final class Pages {
  /** At most how many in an answer. */
  static final int SIZE = 100;

  private Pages() {}

  /**
   * The pages, each asked for when it is needed; the first one at once, so that a refusal is thrown
   * here.
   *
   * @param ask asks for the page of a token
   * @param next the token of the page after; empty where there is none
   */
  static <P> Stream<P> of(Function<String, P> ask, Function<P, String> next) {
    return Stream.iterate(
        ask.apply(""),
        Objects::nonNull,
        page -> next.apply(page).isEmpty() ? null : ask.apply(next.apply(page)));
  }
}
