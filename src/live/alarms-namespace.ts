import type { AlarmEvent, AlarmSnapshot, AssignmentEvent, CareUnitId, Join, JoinReply } from '@vigil/contracts';
import type { AlarmChange } from '../ports/alarm-state.js';
import { AlarmChannel } from './alarm-channel.js';
import { admit, type LiveParts } from './live-parts.js';
import { type LiveNamespace, type LiveSocket, onJoin, roomOf } from './sockets.js';

/** `/alarms`: snapshot or missed events on joining, then each change in the order of its cursor. */
export class AlarmsNamespace {
  private readonly channels = new Map<CareUnitId, AlarmChannel>();

  constructor(
    private readonly io: LiveNamespace,
    private readonly parts: LiveParts,
    /** Called after a screen was let in. */
    private readonly joined: (socket: LiveSocket, request: Join) => void = () => undefined,
  ) {}

  connected(socket: LiveSocket): void {
    onJoin(socket, (request) => this.join(socket, request), this.parts.onOutage);
  }

  /** Committed changes of this process: look now instead of at the next tick. */
  changed(changes: readonly AlarmChange[]): void {
    for (const careUnitId of new Set(changes.map((change) => change.careUnitId))) this.look(careUnitId);
  }

  /** Looks at every care unit that somebody watches, for changes that nobody told of. */
  lookEverywhere(): void {
    for (const [careUnitId, channel] of [...this.channels]) {
      const isWatched = channel.isJoining || this.io.adapter.rooms.get(roomOf(careUnitId)) !== undefined;
      if (!isWatched) this.channels.delete(careUnitId);
      else this.look(careUnitId);
    }
  }

  assignment(message: AssignmentEvent): void {
    this.io.to(roomOf(message.careUnitId)).emit('assignment.event', message);
  }

  private async join(socket: LiveSocket, request: Join): Promise<JoinReply> {
    const { careUnitId, since } = request;
    const refused = await admit(this.parts, socket, { action: 'alarm.read', careUnitId });
    if (refused !== null) return refused;
    const one = {
      event: (message: AlarmEvent): void => void socket.emit('alarm.event', message),
      snapshot: (message: AlarmSnapshot): void => void socket.emit('alarm.snapshot', message),
    };
    await this.channel(careUnitId).join(one, since, () => {
      // Whoever left meanwhile would stay in the room for ever.
      if (!socket.disconnected) void socket.join(roomOf(careUnitId));
    });
    if (!socket.disconnected) this.joined(socket, request);
    return { ok: true };
  }

  private look(careUnitId: CareUnitId): void {
    this.channels.get(careUnitId)?.changed().catch(this.parts.onOutage);
  }

  private channel(careUnitId: CareUnitId): AlarmChannel {
    const known = this.channels.get(careUnitId);
    if (known !== undefined) return known;
    const room = roomOf(careUnitId);
    const channel = new AlarmChannel(careUnitId, this.parts.alarms, {
      event: (message) => void this.io.to(room).emit('alarm.event', message),
      snapshot: (message) => void this.io.to(room).emit('alarm.snapshot', message),
    });
    this.channels.set(careUnitId, channel);
    return channel;
  }
}
