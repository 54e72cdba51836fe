import type { JoinReply } from '@vigil/contracts';
import { io, type Socket } from 'socket.io-client';

/** A line of one person to the live channel, and what came over it. */
export interface Screen {
  readonly socket: Socket;
  /** Messages of one name, in the order in which they came. */
  got<T>(name: string): readonly T[];
  /** Resolves with the n-th message of that name. */
  next<T>(name: string, count?: number): Promise<T>;
  join(careUnitId: string, since?: number): Promise<JoinReply>;
  readonly closed: Promise<string>;
}

/** Opens a line; whoever opens it disconnects its socket. */
export function openScreen(url: string, options: Parameters<typeof io>[1]): Screen {
  const socket = io(url, { transports: ['websocket'], reconnection: false, forceNew: true, ...options });
  const messages: { readonly name: string; readonly message: unknown }[] = [];
  const waiting = new Set<() => void>();
  socket.onAny((name: string, message: unknown) => {
    messages.push({ name, message });
    for (const wake of [...waiting]) wake();
  });
  const got = <T>(name: string): readonly T[] => messages.flatMap((m) => (m.name === name ? [m.message as T] : []));
  const next = <T>(name: string, count = 1): Promise<T> =>
    new Promise((resolve) => {
      const look = (): void => {
        const all = got<T>(name);
        if (all.length < count) return;
        waiting.delete(look);
        resolve(all[count - 1]!);
      };
      waiting.add(look);
      look();
    });
  return {
    socket,
    got,
    next,
    join: (careUnitId, since) =>
      socket.timeout(4_000).emitWithAck('join', { careUnitId, ...(since === undefined ? {} : { since }) }) as Promise<JoinReply>,
    closed: new Promise((resolve) => void socket.on('disconnect', resolve)),
  };
}
