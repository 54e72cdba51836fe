import { type CareUnitId, type ClientToServer, Join, type JoinReply, type ServerToClient } from '@vigil/contracts';
import type { Namespace, Server, Socket } from 'socket.io';
import type { Caller } from '../access/caller.js';

export interface SocketData {
  caller: Caller;
}

type NoEvents = Record<string, never>;
export type LiveServer = Server<ClientToServer, ServerToClient, NoEvents, SocketData>;
export type LiveNamespace = Namespace<ClientToServer, ServerToClient, NoEvents, SocketData>;
export type LiveSocket = Socket<ClientToServer, ServerToClient, NoEvents, SocketData>;

const ROOM = 'careUnit:';
export const roomOf = (careUnitId: CareUnitId): string => `${ROOM}${careUnitId}`;

/** Care units that the line has joined. */
export function unitsOf(socket: Pick<LiveSocket, 'rooms'>): readonly CareUnitId[] {
  return [...socket.rooms].flatMap((room) => (room.startsWith(ROOM) ? [room.slice(ROOM.length) as CareUnitId] : []));
}

/** Packets that may wait for one screen. At twenty deltas a second that is about fifteen seconds behind. */
export const WAITING_PACKETS_MAX = 300;

/** Packets that wait for this connection because its network or its page takes no more. */
export function waitingPackets(socket: LiveSocket): number {
  // The engine has no public word for it (engine.io 6.6, socket.writeBuffer).
  const { writeBuffer } = socket.conn as unknown as { readonly writeBuffer: readonly unknown[] };
  return writeBuffer.length;
}

/** Ends the connection so that the client comes back by itself: for what is wrong with the line, not with the person. */
export function dropLine(socket: LiveSocket): void {
  socket.conn.close();
}

/**
 * Ends a connection whose other side takes nothing in: at once, and with all that waits for it. A polite close would
 * wait behind the packets that are the trouble.
 */
export function cutLine(connection: LiveSocket['conn']): void {
  // The engine has no public word for the socket below (engine.io 6.6, transports/websocket).
  const { socket } = connection.transport as unknown as { readonly socket?: { terminate?(): void } };
  connection.close(true);
  socket?.terminate?.();
}

/** Listens for joins. Whatever the client sends, it gets an answer or the line is dropped; nothing is thrown. */
export function onJoin(socket: LiveSocket, join: (request: Join) => Promise<JoinReply>, failed: (error: unknown) => void): void {
  socket.on('join', (message: unknown, reply: unknown) => {
    const answer = typeof reply === 'function' ? (reply as (answer: JoinReply) => void) : (): void => undefined;
    const parsed = Join.safeParse(message);
    if (!parsed.success) {
      answer({ ok: false, reason: 'invalid' });
      return;
    }
    join(parsed.data).then(answer, (error: unknown) => {
      failed(error);
      dropLine(socket);
    });
  });
}
