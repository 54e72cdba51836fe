import { Body, Controller, Get, Headers, Param, Patch, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ChangeDevice, type DeviceDetail, DeviceId, NewDevice, type RegisteredDevice } from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders, CREATE_HEADERS } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { DeviceRegistry } from '../ports/device-registry.js';
import { Fleet } from '../ports/fleet.js';
import type { Outcome } from '../ports/stay-limits.js';
import { DeviceDesk } from './device-desk.js';

const PROBLEMS = ['unauthenticated', 'forbidden', 'store-unavailable'] as const;

/** What each device of the site should be: maker, serial number, owner, firmware, calibration. Nothing of a patient. */
@ApiTags('devices')
@Controller('api/v1/devices')
export class RegistryController {
  constructor(
    private readonly registry: DeviceRegistry,
    private readonly fleet: Fleet,
    private readonly desk: DeviceDesk,
    private readonly clock: AppClock,
  ) {}

  @Get(':deviceId')
  @Requires('device.read')
  @Endpoint({
    summary: 'Show a device: what it should be, how it is, where it stands, and how it may speak',
    params: { deviceId: DeviceId },
    answer: 'DeviceDetail',
    problems: [...PROBLEMS, 'not-found'],
  })
  async show(
    @Context() context: RequestContext,
    @Param('deviceId') id: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeviceDetail> {
    const deviceId = parse(DeviceId, id, 'params.deviceId');
    context.subject(`device:${deviceId}`);
    const device = await this.registry.find(deviceId);
    if (device === null) throw new PlatformError('not-found', { ids: [`device:${deviceId}`] });
    const { nowMs, rate } = { nowMs: this.clock.nowMs(), rate: this.clock.rate };
    const { items } = await this.fleet.devices({ limit: 1, nowMs, rate, search: { deviceId } });
    const openSpans = [...(await this.registry.openSpans(deviceId))];
    void reply.header('etag', `"${device.rev}"`);
    return { device, fleet: items[0]!, openSpans, ...this.desk.rightsOf(device) };
  }

  @Post()
  @Requires('device.manage', 'device.create')
  @Endpoint({
    summary: 'Register a device; it may speak once it is enrolled, and stands at no bed yet',
    headers: CREATE_HEADERS,
    body: 'NewDevice',
    answer: 'RegisteredDevice',
    status: 201,
    problems: [...PROBLEMS, 'conflict'],
  })
  async create(
    @Context() context: RequestContext,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RegisteredDevice> {
    const device = parse(NewDevice, body, 'body');
    context.subject(`device:${device.deviceId}`);
    const change = changeOf(context, headers, this.clock, 'registered');
    const made = await this.registry.create(device, { ...change, by: context.person.staffId });
    void reply.header('location', `/api/v1/devices/${device.deviceId}`);
    return this.answered(context, made, reply);
  }

  @Patch(':deviceId')
  @Requires('device.manage', 'device.change')
  @Endpoint({
    summary: 'Change what is known of a device',
    description: 'Another serial number or UDI makes it another device to the hospital’s records: it is looked up there anew.',
    params: { deviceId: DeviceId },
    headers: CHANGE_HEADERS,
    body: 'ChangeDevice',
    answer: 'RegisteredDevice',
    problems: [...PROBLEMS, 'not-found', 'conflict', 'revision-moved', 'precondition-required'],
  })
  async change(
    @Context() context: RequestContext,
    @Param('deviceId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RegisteredDevice> {
    const deviceId = parse(DeviceId, id, 'params.deviceId');
    const facts = parse(ChangeDevice, body, 'body');
    context.subject(`device:${deviceId}`);
    const ifRev = ifMatch(headers['if-match'], 'signal');
    // Which facts, never what they say: serial numbers stay out of the trail.
    const change = changeOf(context, headers, this.clock, `changed: ${Object.keys(facts).sort().join(' ')}`);
    const changed = await this.registry.change(facts, { ...change, by: context.person.staffId, deviceId, ifRev });
    return this.answered(context, changed, reply);
  }

  private answered(
    context: RequestContext,
    { value, repeated }: Outcome<RegisteredDevice>,
    reply: FastifyReply,
  ): RegisteredDevice {
    if (repeated) context.commandRepeated();
    void reply.header('etag', `"${value.rev}"`);
    return value;
  }
}
