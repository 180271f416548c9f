import { constants, open as openDescriptor } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { promisify } from 'node:util';

/** The fifo that a supervisor holds for as long as it lives, seen from outside. */
export interface LifeLine extends Disposable {
  /** Settles once the supervisor that held it is gone. Never, if none has held it since this was opened: ask then. */
  readonly cut: Promise<void>;
}

/** Opens the fifo without waiting for a supervisor. @throws the file system's error */
export async function openLifeLine(path: string): Promise<LifeLine> {
  // A bare descriptor, because the socket owns and closes it.
  const fd = await promisify(openDescriptor)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd, readable: true, writable: false });
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('end', resolve).on('error', () => resolve());
  socket.resume();
  return { cut: promise, [Symbol.dispose]: () => void socket.destroy() };
}

/** Whether a supervisor holds the fifo now. Sees it from other PID namespaces too, where a pid says nothing. */
export async function isHeld(path: string): Promise<boolean> {
  // Opening it for writing would tell as well (ENXIO, fifo(7)), but only while nobody else watches it.
  await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { bytesRead } = await handle.read(Buffer.alloc(1));
    return bytesRead > 0; // 0: the end of a fifo that nobody has open for writing
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return true;
    throw error;
  }
}
