package io.fsfreezed.client;

/**
 * What was done under a hold that held.
 *
 * @param <T> what the body returned
 * @param value what the body returned
 * @param receipt the proof that the freeze held
 */
public record Held<T>(T value, Receipt receipt) {}
