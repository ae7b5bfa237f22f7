/**
 * The client of fsfreezed: consistent snapshots of Linux file systems.
 *
 * <p>Begin with {@link io.fsfreezed.client.FreezeClient}.
 */
package io.fsfreezed.client;
