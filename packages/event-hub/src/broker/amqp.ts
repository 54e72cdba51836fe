/**
 * The part of rhea that the broker relies on, named and typed in one place: also fields that its own typings leave
 * out. An update of rhea is checked against this file.
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import rhea from 'rhea';

export interface AmqpError {
  readonly condition: string;
  readonly description: string;
}

/** A performative; setting a field encodes it, `value` holds the encoded fields by position. */
export interface Performative {
  readonly value: unknown[];
}

export interface Terminus {
  readonly address?: string | null;
  readonly filter?: Record<string, unknown> | null;
}

export interface AttachFields {
  readonly name: string;
  readonly role: boolean;
  readonly snd_settle_mode?: number;
  readonly source: Terminus | null;
  readonly target: Terminus | null;
  readonly desired_capabilities?: string | string[] | null;
  readonly properties?: Record<string, unknown> | null;
}

export interface Link extends EventEmitter {
  readonly name: string;
  readonly connection: Connection;
  readonly session: Session;
  readonly remote: { attach?: AttachFields; handle?: number };
  readonly local: {
    readonly handle: number;
    readonly attach: {
      max_message_size: number;
      snd_settle_mode: number;
      offered_capabilities: string[];
      properties: Record<string, unknown>;
      source: unknown;
      target: unknown;
    };
  };
  credit: number;
  delivery_count: number;
  set_source(fields: object): void;
  set_target(fields: object): void;
  is_open(): boolean;
  is_receiver(): boolean;
  close(error?: AmqpError): void;
}

/** What a sender has sent or will send, until both sides have settled it. */
export interface SentDelivery {
  readonly id: number;
  readonly settled: boolean;
  remote_settled: boolean;
}

export interface Sender extends Link {
  _draining: boolean;
  set_drained(drained: boolean): void;
  send(message: object): SentDelivery;
}

export interface Delivery {
  readonly remote_settled: boolean;
  accept(): void;
  reject(error: AmqpError): void;
}

export interface Receiver extends Link {
  add_credit(credit: number): void;
  /** The delivery of which more frames are to come. */
  _incomplete?: { frames: Buffer[]; settled: boolean } | undefined;
}

export interface Frame<T extends Performative = Performative> {
  readonly channel: number;
  readonly performative: T;
  payload?: Buffer;
}

export interface BeginFields extends Performative {
  readonly remote_channel?: number | null;
}

export interface AttachPerformative extends Performative {
  readonly name: string;
  readonly handle: number;
}

export interface TransferFields extends Performative {
  readonly handle: number;
  readonly delivery_id?: number | null;
  readonly message_format?: number | null;
  readonly aborted?: boolean | null;
}

export interface FlowFields extends Performative {
  readonly handle?: number | null;
  next_incoming_id?: number | null;
  delivery_count?: number | null;
  link_credit?: number | null;
  drain?: boolean | null;
}

export interface DispositionFields extends Performative {
  readonly role: boolean;
  first: number;
  last?: number | null;
}

/** Deliveries that are not settled, at most 2,048, by rising id. */
export interface Ring {
  get_head(): { readonly id: number } | undefined;
  get_tail(): { readonly id: number } | undefined;
}

export interface Session extends EventEmitter {
  readonly connection: Connection;
  readonly local: {
    readonly channel: number;
    readonly begin: { handle_max: number };
    readonly handles: Record<number, Link | undefined>;
  };
  readonly remote: { readonly handles: Record<number, Link | undefined> };
  /** By the peer's names. */
  links: Record<string, Link | undefined>;
  readonly incoming: { readonly deliveries: Ring; next_delivery_id: number | undefined };
  readonly outgoing: {
    readonly deliveries: Ring;
    next_delivery_id: number;
    next_pending_delivery: number;
    next_transfer_id: number;
    window: number;
    remote_window: number | undefined;
    remote_next_transfer_id: number | undefined;
  };
  on_attach(frame: Frame<AttachPerformative>): void;
  on_detach(frame: Frame<Performative & { readonly handle: number }>): void;
  on_transfer(frame: Frame<TransferFields>): void;
  on_flow(frame: Frame<FlowFields>): void;
  on_disposition(frame: Frame<DispositionFields>): void;
  each_link(action: (link: Link) => void): void;
  /** Forgets a link whose end both sides know. */
  remove_link(link: Link): void;
}

/** One layer of a connection: SASL, then AMQP. */
export interface Transport {
  readonly header_received?: object;
  readonly read_complete: boolean;
  /** Takes whole frames off `buffer`; answers how many bytes. */
  read(buffer: Buffer): number;
}

export interface Connection extends EventEmitter {
  readonly socket: Socket;
  readonly amqp_transport: Transport;
  /** `selected` is set once the peer's protocol header is known. */
  readonly sasl_transport: {
    readonly selected?: object;
    readonly transports: { readonly 3: { readonly transport: Transport; mechanisms: object } };
  };
  readonly state: { close(): boolean };
  readonly local: { readonly close: { error?: AmqpError } };
  readonly local_channel_map: Record<number, Session>;
  readonly remote_channel_map: Record<number, Session | undefined>;
  readonly max_frame_size?: number;
  accept(socket: Socket): void;
  is_remote_open(): boolean;
  on_open(frame: Frame): void;
  on_begin(frame: Frame<BeginFields>): void;
  on_end(frame: Frame): void;
  on_detach(frame: Frame): void;
  on_flow(frame: Frame): void;
  on_disposition(frame: Frame): void;
  close(error?: AmqpError): void;
  each_link(action: (link: Link) => void): void;
  find_link(filter: (link: Link) => boolean): Link | undefined;
  /** Tells the library that the socket has ended; it keeps its timers running otherwise. */
  eof(): void;
  /** Has the library write what is due. */
  _register(): void;
  _write_close(): void;
  _write_frame(channel: number, frame?: Performative, payload?: Buffer): void;
}

export interface Container extends EventEmitter {
  create_connection(options: object): Connection;
}

export interface Message {
  readonly body?: unknown;
  readonly message_id?: unknown;
  readonly reply_to?: string;
  readonly application_properties?: Record<string, unknown>;
}

export const createContainer = (id: string): Container => rhea.create_container({ id }) as unknown as Container;
/** @throws when the bytes are no message */
export const decodeMessage = (bytes: Buffer): Message => rhea.message.decode(bytes) as unknown as Message;

interface Wrappers {
  wrap_short(value: number): object;
  wrap_int(value: number): object;
  wrap_long(value: number): object;
  wrap_timestamp(value: number): object;
  wrap_symbol(value: string): object;
  wrap_array(value: readonly string[], code: number): object;
}
/** AMQP types that plain JavaScript values do not have. */
export const types = rhea.types as unknown as Wrappers;
export const STR8 = 0xa1;

export const CONDITION = {
  busy: 'com.microsoft:server-busy',
  argument: 'com.microsoft:argument-error',
  unauthorized: 'amqp:unauthorized-access',
  notFound: 'amqp:not-found',
  notAllowed: 'amqp:not-allowed',
  stolen: 'amqp:link:stolen',
  outOfOrder: 'com.microsoft:out-of-order-sequence',
  producerStolen: 'com.microsoft:producer-epoch-stolen',
  tooLarge: 'amqp:link:message-size-exceeded',
  limit: 'amqp:resource-limit-exceeded',
  decode: 'amqp:decode-error',
  internal: 'amqp:internal-error',
  forced: 'amqp:connection:forced',
  detachForced: 'amqp:link:detach-forced',
} as const;
