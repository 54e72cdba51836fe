import type { Socket } from 'node:net';
import { Grants } from '../auth/grants.js';
import { answerManagement } from '../management.js';
import { parseEntity } from '../wire/address.js';
import {
  type AmqpError,
  CONDITION,
  type Connection,
  type Container,
  type Link,
  type Message,
  type Receiver,
  type Sender,
  type Session,
} from './amqp.js';
import { attachConsumer } from './attach-consumer.js';
import { type Broker, partitionIndex } from './broker.js';
import { exists, putToken } from './cbs.js';
import type { ConsumerLink } from './consumer-link.js';
import { CHANNEL_MAX, endForViolation, guardFrames, isViolation, reasonOf } from './frame-guard.js';
import { FRAME_BYTES_MAX, writeAllFields } from './guard.js';
import { ProducerLink } from './producer-link.js';
import { type Answer, readRequest, reply } from './requests.js';
import { guardSession, HANDLE_MAX, releaseLink } from './session-guard.js';

const OPEN_WITHIN_WALL_MS = 10_000;
/** A connection on which nothing is allowed has this long for a token or a question for properties. */
const TRUST_WITHIN_WALL_MS = 60_000;
const STOP_WITHIN_WALL_MS = 500;

/** One client's connection: its tokens, its links, and their end. */
export class ClientConnection {
  readonly grants = new Grants();
  private readonly consumers = new Map<Link, { reader: ConsumerLink; leave: () => void }>();
  private readonly producers = new Map<Link, { producer: ProducerLink; leave: () => void }>();
  private readonly links = new Set<Link>();
  private readonly amqp: Connection;
  private isClosed = false;
  private cancelTrust: () => void = () => undefined;

  constructor(
    readonly broker: Broker,
    container: Container,
    private readonly socket: Socket,
    private readonly onClosed: () => void,
  ) {
    socket.setNoDelay(true);
    this.amqp = container.create_connection({
      container_id: 'vigil-event-hub',
      channel_max: CHANNEL_MAX,
      max_frame_size: FRAME_BYTES_MAX,
      idle_time_out: broker.limits.idleTimeoutMs,
      reconnect: false,
      receiver_options: { credit_window: 0, autoaccept: false },
    });
    this.listen();
    this.amqp.accept(socket);
    writeAllFields(this.amqp);
    guardFrames(this.amqp, () => !this.grants.isEmpty);
    broker.metrics.connections.inc();
    this.expectTrust();
  }

  /**
   * Ends the connection in a way that clients take for a restart: they come back by themselves. Consumers are told on
   * their links first; of a connection that ends they only learn when their current wait for events is over.
   */
  stop(): void {
    const description = 'the hub is stopping';
    for (const link of [...this.consumers.keys()]) {
      this.drop(link);
      link.close({ condition: CONDITION.detachForced, description });
    }
    setImmediate(() => {
      this.amqp.close({ condition: CONDITION.forced, description });
      setImmediate(() => this.socket.end());
    });
    this.broker.clock.after(STOP_WITHIN_WALL_MS, () => this.socket.destroy());
  }

  /**
   * Ends links whose token has expired without renewal. Cheap while nothing has expired, so it may be called often.
   * Once nothing is allowed any more the connection has a while for another token.
   */
  sweep(nowMs: number): void {
    if (!this.grants.expire(nowMs)) return;
    for (const link of this.links) {
      const address = link.is_receiver() ? link.remote.attach?.target?.address : link.remote.attach?.source?.address;
      if (!this.grants.allows(address ?? '', [link.is_receiver() ? 'Send' : 'Listen'], nowMs)) {
        this.broker.metrics.authFailures.inc({ reason: 'link-expired' });
        this.refuse(link, { condition: CONDITION.unauthorized, description: 'the token has expired' });
      }
    }
    if (this.grants.isEmpty) this.expectTrust();
  }

  /** Ends the connection unless something is allowed on it soon. Clients take this for a restart and come back. */
  private expectTrust(): void {
    this.cancelTrust();
    this.cancelTrust = this.broker.clock.after(TRUST_WITHIN_WALL_MS, () => {
      if (!this.grants.isEmpty || this.isClosed) return;
      this.amqp.close({ condition: CONDITION.forced, description: 'no valid token was put on this connection' });
      this.cancelTrust = this.broker.clock.after(STOP_WITHIN_WALL_MS, () => this.socket.destroy());
    });
  }

  /** Events asked for by consumers and not sent. */
  get openCredit(): number {
    return [...this.consumers.keys()].reduce((sum, link) => sum + link.credit, 0);
  }

  private listen(): void {
    const { amqp, socket } = this;
    const opened = this.broker.clock.after(OPEN_WITHIN_WALL_MS, () => socket.destroy());
    socket.on('close', () => {
      opened();
      this.close();
    });
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => this.pumpAll());
    amqp.on('connection_open', opened);
    // The library raises an error for each of these that nobody listens to.
    for (const name of ['connection_error', 'session_error', 'sender_error', 'receiver_error', 'settled', 'disconnected']) {
      amqp.on(name, () => undefined);
    }
    // A peer that says goodbye and keeps its socket open holds no place meanwhile.
    amqp.on('connection_close', () => {
      this.dropAll();
      this.broker.clock.after(STOP_WITHIN_WALL_MS, () => socket.destroy());
    });
    const broken = (error: unknown): void => {
      if (isViolation(error))
        this.broker.log.warn({ reason: reasonOf(error) }, 'connection ended: what it sent is not AMQP as it should be');
      else this.broker.log.error({ name: (error as Error).name }, 'connection ended: an error of the hub while it read a frame');
      endForViolation(amqp, this.broker.clock, error);
    };
    amqp.on('protocol_error', broken);
    amqp.on('error', broken);
    amqp.on('session_open', ({ session }: { session: Session }) => {
      session.local.begin.handle_max = HANDLE_MAX;
      guardSession(session, { isTrusted: () => !this.grants.isEmpty, onWindow: () => this.pumpAll() });
    });
    amqp.on('session_close', ({ session }: { session: Session }) => session.each_link((link) => this.drop(link)));
    amqp.on('sender_close', ({ sender }: { sender: Sender }) => this.drop(sender));
    amqp.on('receiver_close', ({ receiver }: { receiver: Receiver }) => this.drop(receiver));
    amqp.on('receiver_open', ({ receiver }: { receiver: Receiver }) => this.attachReceiver(receiver));
    amqp.on('sender_open', ({ sender }: { sender: Sender }) => this.attachSender(sender));
  }

  private pumpAll(): void {
    for (const { reader } of this.consumers.values()) reader.pump();
  }

  private close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.cancelTrust();
    // A socket that is destroyed closes without an end, and the library listens for the end only.
    this.amqp.eof();
    this.dropAll();
    this.broker.metrics.connections.dec();
    this.onClosed();
  }

  private dropAll(): void {
    for (const link of [...this.links]) this.drop(link);
  }

  private drop(link: Link): void {
    releaseLink(link);
    if (!this.links.delete(link)) return;
    const producer = this.producers.get(link);
    if (producer !== undefined) {
      this.producers.delete(link);
      producer.producer.stop();
      producer.leave();
      this.broker.metrics.producers.dec();
    }
    const consumer = this.consumers.get(link);
    if (consumer === undefined) return;
    this.consumers.delete(link);
    consumer.reader.stop();
    consumer.leave();
    this.broker.metrics.consumers.dec();
  }

  /**
   * Ends a link and gives its place back, whether or not the peer answers. An attach that is refused is answered without
   * source and target first, by which some clients know that the reason follows.
   */
  private refuse(link: Link, error: AmqpError): void {
    this.drop(link);
    link.local.attach.source = undefined;
    link.local.attach.target = undefined;
    link.close(error);
  }

  private admit(link: Link, address: string, isReceiver: boolean): boolean {
    if (this.links.size >= this.broker.limits.links) {
      this.refuse(link, { condition: CONDITION.limit, description: 'too many links on one connection' });
    } else if (!exists(this.broker, address)) {
      this.refuse(link, {
        condition: CONDITION.notFound,
        description: `The messaging entity '${address.slice(0, 256)}' could not be found`,
      });
    } else if (!this.grants.allows(address, [isReceiver ? 'Send' : 'Listen'], this.broker.clock.wallMs())) {
      this.broker.metrics.authFailures.inc({ reason: 'no-grant' });
      this.refuse(link, { condition: CONDITION.unauthorized, description: 'no token with the right for this address' });
    } else {
      this.links.add(link);
      return true;
    }
    return false;
  }

  /** The client sends to us: to `$cbs`, `$management`, a hub or a partition. */
  private attachReceiver(link: Receiver): void {
    const address = link.remote.attach?.target?.address ?? '';
    link.set_source({ address: link.remote.attach?.source?.address ?? undefined });
    link.set_target({ address });
    echoSettleMode(link);
    const entity = parseEntity(address);
    if (entity?.kind === 'cbs') return this.serve(link, '$cbs', (request) => putToken(this.broker, this.grants, request));
    if (entity?.kind === 'management') return this.serve(link, '$management', (request) => this.answerProperties(request));
    if (entity?.kind !== 'hub' && entity?.kind !== 'partition') {
      return this.refuse(link, { condition: CONDITION.notFound, description: 'events go to a hub or to a partition' });
    }
    if (!this.admit(link, address, true)) return;
    const hub = this.broker.hubs.get(entity.hub)!;
    const partition = entity.kind === 'partition' ? partitionIndex(hub, entity.partition) : null;
    const producer = ProducerLink.start(this.broker, hub, partition, link);
    if ('condition' in producer) return this.refuse(link, producer);
    const facts = { hub: hub.name, partition, name: link.name.slice(0, 128), sinceMs: this.broker.clock.wallMs() };
    this.producers.set(link, { producer, leave: this.broker.links.addProducer({ ...facts, credit: () => link.credit }) });
    this.broker.metrics.producers.inc();
  }

  private serve(link: Receiver, node: string, answer: (request: Message) => Answer): void {
    link.add_credit(100);
    link.on('message', ({ message, delivery }: { message: Buffer; delivery: { accept(): void } }) => {
      delivery.accept();
      link.add_credit(1);
      const request = readRequest(message);
      if (request !== null) reply(this.amqp, request, link, node, answer(request));
    });
  }

  /** Some clients put no token for questions; each carries its own, and one that is answered shows who asks. */
  private answerProperties(request: Message): Answer {
    const answer = answerManagement(this.broker, request);
    if (answer.status === 200 && this.grants.isEmpty) this.expectTrust();
    return answer;
  }

  /** The client receives from us. */
  private attachSender(link: Sender): void {
    const address = link.remote.attach?.source?.address ?? '';
    link.set_target({ address: link.remote.attach?.target?.address ?? undefined });
    echoSettleMode(link);
    const entity = parseEntity(address);
    if (entity?.kind === 'cbs' || entity?.kind === 'management') return link.set_source({ address });
    if (entity?.kind !== 'groupPartition') {
      return this.refuse(link, {
        condition: CONDITION.notFound,
        description: 'events come from a partition of a consumer group',
      });
    }
    if (!this.admit(link, address, false)) return;
    const attached = attachConsumer(this.broker, entity, link, (error) => this.refuse(link, error));
    if ('condition' in attached) return this.refuse(link, attached);
    this.consumers.set(link, attached);
    this.broker.metrics.consumers.inc();
  }
}

/** One official client refuses the answer to its attach otherwise. */
function echoSettleMode(link: Link): void {
  const { attach } = link.remote;
  if (typeof attach?.snd_settle_mode === 'number') link.local.attach.snd_settle_mode = attach.snd_settle_mode;
}
