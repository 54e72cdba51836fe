/** Limits on what a peer does inside a session, before the AMQP library acts on it. */
import type { Connection, DispositionFields, FlowFields, Link, Receiver, Ring, Session, TransferFields } from './amqp.js';
import { DELIVERY_BYTES_MAX } from './guard.js';
import { ProtocolViolation, VIOLATION } from './violation.js';

export const HANDLE_MAX = 255;
const LINKS_MAX = 1024;
const STRANGER_LINKS_MAX = 32;
const LINK_NAME_CHARS_MAX = 1024;
/** Half-received deliveries of all links of a connection. */
const PARTIAL_BYTES_MAX = 16 * 1024 * 1024;
const STRANGER_PARTIAL_BYTES_MAX = 64 * 1024;
/** Frames of one delivery: enough for the largest message in the smallest frames. */
const DELIVERY_FRAMES_MAX = 4096;

const EMPTY = Buffer.alloc(0);

interface Partial {
  bytes: number;
  frames: number;
}

export interface SessionGuard {
  /** Was a token accepted on this connection? */
  readonly isTrusted: () => boolean;
  /** Called whenever the peer may have opened its window. */
  readonly onWindow: () => void;
}

/** Half-received deliveries by connection and link. */
const partials = new WeakMap<Connection, Map<Receiver, Partial>>();

/** Call once for each session, before its first link. */
export function guardSession(session: Session, { isTrusted, onWindow }: SessionGuard): void {
  // Links are found by the peer's name for them; inherited members are none.
  session.links = Object.assign(Object.create(null) as object, session.links);
  guardAttach(session, isTrusted);
  guardDetach(session);
  guardTransfer(session, isTrusted);
  const { on_flow: onFlow, on_disposition: onDisposition } = session;
  session.on_flow = function (frame): void {
    straightenFlow(this, frame.performative);
    onFlow.call(this, frame);
    // The library tells nobody when only the session's window opens.
    onWindow();
  };
  session.on_disposition = function (frame): void {
    const { performative } = frame;
    const { outgoing, incoming } = this;
    // What waits for credit was not sent yet, so the peer can't have settled it.
    const settled = performative.role
      ? cutToRing(performative, outgoing.deliveries, outgoing.next_pending_delivery - 1)
      : cutToRing(performative, incoming.deliveries, Infinity);
    if (settled) onDisposition.call(this, frame);
  };
}

function guardAttach(session: Session, isTrusted: () => boolean): void {
  const { on_attach: onAttach } = session;
  session.on_attach = function (frame): void {
    const { handle, name } = frame.performative;
    if (handle > HANDLE_MAX) throw new ProtocolViolation(VIOLATION.framing, `handles go up to ${HANDLE_MAX}`);
    if (this.remote.handles[handle] !== undefined)
      throw new ProtocolViolation(VIOLATION.handleInUse, 'a second link on one handle');
    if (name.length > LINK_NAME_CHARS_MAX)
      throw new ProtocolViolation(VIOLATION.invalidField, `a link name takes at most ${LINK_NAME_CHARS_MAX} characters`);
    const linksMax = isTrusted() ? LINKS_MAX : STRANGER_LINKS_MAX;
    let links = 0;
    this.connection.each_link(() => links++);
    if (links >= linksMax) throw new ProtocolViolation(VIOLATION.limit, `more than ${linksMax} links`);
    onAttach.call(this, frame);
    // The library forgets to note it, and would never free the handle.
    this.remote.handles[handle]!.remote.handle = handle;
  };
}

/**
 * Frees handle and name as soon as the peer has detached: it may use them again in its very next frame. The library
 * would free them two ticks later, whoever has them then.
 */
function guardDetach(session: Session): void {
  const { on_detach: onDetach } = session;
  let parked = 0;
  session.on_detach = function (frame): void {
    const { handle } = frame.performative;
    const link = this.remote.handles[handle];
    onDetach.call(this, frame);
    delete this.remote.handles[handle];
    if (link === undefined || this.links[link.name] !== link) return;
    delete this.links[link.name];
    // It has its own detach to write yet. No peer can name a link like this.
    this.links[`${'x'.repeat(LINK_NAME_CHARS_MAX)}${parked++}`] = link;
  };
  session.remove_link = function (link): void {
    for (const places of [this.remote.handles, this.local.handles, this.links]) {
      for (const [place, there] of Object.entries(places)) if (there === link) delete (places as Record<string, unknown>)[place];
    }
  };
}

/**
 * A delivery may not outgrow the message limit, and a producer not its credit.
 * Message format 0 is taken off, because the library would decode such messages; the broker reads the bytes itself.
 */
function guardTransfer(session: Session, isTrusted: () => boolean): void {
  const { on_transfer: onTransfer } = session;
  const { connection } = session;
  const held = partials.get(connection) ?? new Map<Receiver, Partial>();
  partials.set(connection, held);
  session.on_transfer = function (frame): void {
    // A frame without a payload adds nothing to its delivery; the library would add an undefined.
    frame.payload ??= EMPTY;
    const { performative, payload } = frame;
    const link = this.remote.handles[performative.handle];
    if (link === undefined || !this.links[link.name])
      throw new ProtocolViolation(VIOLATION.unattached, 'no link has this handle');
    if (!link.is_receiver()) throw new ProtocolViolation(VIOLATION.notAllowed, 'a transfer on a link that receives');
    const receiver = link as Receiver;
    const isFirst = receiver._incomplete === undefined;
    // Some write a true as a number.
    if (performative.aborted) return abort(held, receiver);
    if (isFirst && receiver.credit <= 0) throw new ProtocolViolation(VIOLATION.transferLimit, 'a transfer without credit');
    if (isFirst && (performative.delivery_id ?? null) === null)
      throw new ProtocolViolation(VIOLATION.invalidField, 'a delivery without an id');
    const partial = isFirst ? { bytes: 0, frames: 0 } : (held.get(receiver) ?? { bytes: 0, frames: 0 });
    // What is behind the largest message is read and dropped: the link that gets it refuses the delivery, and goes on.
    if (partial.bytes > DELIVERY_BYTES_MAX) frame.payload = EMPTY;
    else partial.bytes += payload.length;
    if (++partial.frames > DELIVERY_FRAMES_MAX) throw new ProtocolViolation(VIOLATION.framing, 'a delivery in too many frames');
    prepare(this, performative);
    onTransfer.call(this, frame);
    if (receiver._incomplete === undefined) held.delete(receiver);
    else hold(held, receiver, partial, isTrusted() ? PARTIAL_BYTES_MAX : STRANGER_PARTIAL_BYTES_MAX);
  };
}

function prepare(session: Session, performative: TransferFields): void {
  if (performative.message_format === 0) performative.value[3] = undefined;
  // Ids start again after 2^32; the library counts on.
  if (session.incoming.next_delivery_id !== undefined) session.incoming.next_delivery_id >>>= 0;
}

function hold(held: Map<Receiver, Partial>, receiver: Receiver, partial: Partial, bytesMax: number): void {
  held.set(receiver, partial);
  let total = 0;
  for (const each of held.values()) total += each.bytes;
  if (total > bytesMax) throw new ProtocolViolation(VIOLATION.limit, 'too much in deliveries that are not complete');
}

/** The sender has changed its mind: what came of the delivery is dropped, and its credit given back. */
function abort(held: Map<Receiver, Partial>, receiver: Receiver): void {
  const partial = receiver._incomplete;
  if (partial === undefined) throw new ProtocolViolation(VIOLATION.notAllowed, 'a delivery is aborted that was not begun');
  partial.settled = true;
  partial.frames = [];
  receiver._incomplete = undefined;
  held.delete(receiver);
  receiver.delivery_count++;
  receiver.credit--;
  receiver.add_credit(1);
}

/** Forgets what a link held back. Call when it ends. */
export function releaseLink(link: Link): void {
  partials.get(link.connection)?.delete(link as Receiver);
  // The rest will not come, or is of no use; unsettled it would take its place in the session's window.
  const partial = (link as Receiver)._incomplete;
  if (partial !== undefined) partial.settled = true;
}

/** Counters of a flow start again after 2^32, the library's don't: each is moved next to ours. */
function straightenFlow(session: Session, flow: FlowFields): void {
  flow.next_incoming_id = near(session.outgoing.next_transfer_id, flow.next_incoming_id ?? 0);
  const { handle } = flow;
  if (handle === undefined || handle === null) return;
  const link = session.remote.handles[handle];
  if (link === undefined || !session.links[link.name])
    throw new ProtocolViolation(VIOLATION.unattached, 'no link has this handle');
  if (link.is_receiver()) {
    // A producer can't hand itself credit; the library would take what it says with this flag.
    flow.drain = false;
    return;
  }
  flow.delivery_count = near(link.delivery_count, flow.delivery_count ?? 0);
  flow.link_credit ??= 0;
}

/** The number nearest to `ours` that `theirs` can mean, of which only 32 bits were sent. */
function near(ours: number, theirs: number): number {
  return ours + ((theirs - (ours >>> 0)) | 0);
}

/** Leaves of the range what is unsettled here, so that four billion ids are not gone through. False when nothing is. */
function cutToRing(disposition: DispositionFields, ring: Ring, lastSent: number): boolean {
  const [head, tail] = [ring.get_head(), ring.get_tail()];
  if (head === undefined || tail === undefined) return false;
  const first = Math.max(disposition.first, head.id);
  const last = Math.min(disposition.last ?? disposition.first, tail.id, lastSent);
  if (first > last) return false;
  disposition.first = first;
  disposition.last = last;
  return true;
}
