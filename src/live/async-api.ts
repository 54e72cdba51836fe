import * as contracts from '@vigil/contracts';
import { LIVE_NAMESPACES } from '@vigil/contracts';
import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

interface Said {
  readonly schema: z.ZodType;
  readonly summary: string;
}

const HELLO: Said = { schema: contracts.Hello, summary: 'Who this line is to the server, and its clocks. Once, first.' };
const TICK: Said = { schema: contracts.LiveTick, summary: 'Once a second. A picture whose newest tick is old is not live.' };
const ENDED: Said = {
  schema: contracts.SessionEnded,
  summary: 'The last message: the person may not look any more. The line then ends.',
};

/** What the server says, by namespace; async-api.test.ts holds it against what the code emits. */
export const SAID_BY_SERVER = {
  alarms: {
    hello: HELLO,
    tick: TICK,
    'session.ended': ENDED,
    'alarm.snapshot': {
      schema: contracts.AlarmSnapshot,
      summary: 'Every open alarm of the care unit, on a join without a cursor that is still known.',
    },
    'alarm.event': { schema: contracts.AlarmEvent, summary: 'One alarm as it is now; at least once, the latest by cursor wins.' },
    'assignment.event': {
      schema: contracts.AssignmentEvent,
      summary: 'A bed whose encounter, nurses, devices, limits or pauses changed.',
    },
    presence: { schema: contracts.UnitPresence, summary: 'Who watches the care unit, on join and on change.' },
    'limitsOff.board': {
      schema: contracts.LimitsOffBoard,
      summary: 'By what the care unit alarms less than it would, on join and on change.',
    },
    'device.status': { schema: contracts.DeviceStatus, summary: 'Devices of the beds: all on join, then those that changed.' },
    'config.changed': { schema: contracts.ConfigChanged, summary: 'What is to be asked for anew.' },
  },
  vitals: {
    hello: HELLO,
    tick: TICK,
    'session.ended': ENDED,
    'careUnit.snapshot': {
      schema: contracts.CareUnitSnapshot,
      summary: 'Every bed of the care unit, on join and when who lies where has changed.',
    },
    'careUnit.delta': { schema: contracts.CareUnitDelta, summary: 'Readings that changed. A gap in `seq`: join again.' },
    'careUnit.trends': { schema: contracts.CareUnitTrends, summary: 'Means of the minutes of the last hour, once after a join.' },
  },
} as const satisfies Record<keyof typeof LIVE_NAMESPACES, Partial<Record<keyof contracts.ServerToClient, Said>>>;

/** What a client may say, by namespace. */
export const SAID_BY_CLIENT = {
  alarms: {
    join: { schema: contracts.Join, summary: 'Look at one care unit; answered in the acknowledgement.', reply: true },
    'client.health': { schema: contracts.ClientHealth, summary: 'How this page is, every five seconds; nothing is answered.' },
  },
  vitals: { join: { schema: contracts.Join, summary: 'Look at one care unit; answered in the acknowledgement.', reply: true } },
} as const satisfies Record<
  keyof typeof LIVE_NAMESPACES,
  Partial<Record<keyof contracts.ClientToServer, Said & { readonly reply?: true }>>
>;

/** As `JoinReply` says it. */
const JoinReply = z.union([
  z.object({ ok: z.literal(true) }),
  z.object({ ok: z.literal(false), reason: z.enum(['forbidden', 'unknown-care-unit', 'invalid', 'busy']) }),
]) satisfies z.ZodType<contracts.JoinReply>;

/** The AsyncAPI 3.0 document of the live channel, made from the contracts that are also what the server compiles against. */
export function asyncApiDocument(version: string, description: string): Json {
  const channels: Record<string, Json> = {};
  const operations: Record<string, Json> = {};
  const messages: Record<string, Json> = {};
  for (const name of Object.keys(LIVE_NAMESPACES) as (keyof typeof LIVE_NAMESPACES)[]) {
    const server = SAID_BY_SERVER[name];
    const client: Readonly<Record<string, Said & { readonly reply?: true }>> = SAID_BY_CLIENT[name];
    const all: Readonly<Record<string, Said>> = {
      ...server,
      ...client,
      'join.reply': { schema: JoinReply, summary: 'The answer to a join.' },
    };
    for (const [event, { schema, summary }] of Object.entries(all)) {
      messages[event] = {
        name: event,
        summary,
        contentType: 'application/json',
        payload: z.toJSONSchema(schema, { io: 'output' }),
      };
    }
    const link = (event: string): Json => ({ $ref: `#/channels/${name}/messages/${event}` });
    channels[name] = {
      address: LIVE_NAMESPACES[name],
      messages: Object.fromEntries(Object.keys(all).map((event) => [event, { $ref: `#/components/messages/${event}` }])),
    };
    const channel = { $ref: `#/channels/${name}` };
    operations[`${name}.say`] = { action: 'send', channel, messages: Object.keys(server).map(link) };
    for (const [event, { summary, reply }] of Object.entries(client)) {
      operations[`${name}.${event}`] = {
        ...{ action: 'receive', summary, channel, messages: [link(event)] },
        ...(reply === true ? { reply: { channel, messages: [link('join.reply')] } } : {}),
      };
    }
  }
  return {
    asyncapi: '3.0.0',
    info: { title: 'Vigil, the live channel', version, description, license: { name: 'Apache-2.0' } },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: { messages },
  };
}
