import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Opens one connection to an engine. It rejects with the system's own error (`ENOENT`, `EACCES`, `ECONNREFUSED`, …),
 * or with the signal's reason; who calls it closes the connection.
 */
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

/** Dials a unix socket by absolute path. */
export function dialUnix(path: string): Dial {
  return (signal) => opened(signal, () => connect({ path }));
}

/** Dials a host and port in the clear. */
export function dialTcp(host: string, port: number): Dial {
  return (signal) => opened(signal, () => connect({ host, port, noDelay: true }));
}

async function opened(signal: AbortSignal, open: () => Socket): Promise<Socket> {
  signal.throwIfAborted();
  const socket = open();
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    // A late error of a socket that nobody waits for any more must not become an uncaught exception.
    socket.on('error', () => undefined);
    socket.destroy();
    signal.throwIfAborted();
    throw error;
  }
}
