import { Body, Controller, Delete, Headers, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ChangeDeviceUse,
  type DeviceEnrolment,
  DeviceId,
  type DeviceUse,
  type DeviceUseChanged,
  type EnrolledDevice,
  EpochMs,
  Fingerprint,
  RedeemEnrolment,
} from '@vigil/contracts';
import { PlatformError } from '@vigil/domain';
import type { FastifyReply } from 'fastify';
import { Context, Public, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { CHANGE_HEADERS, changeOf, type CommandHeaders } from '../http/commands.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { ifMatch } from '../http/revision.js';
import { AppClock } from '../ports/app-clock.js';
import { DeviceRegistry } from '../ports/device-registry.js';
import type { Who } from '../ports/directory.js';
import { DeviceDesk } from './device-desk.js';

const PROBLEMS = ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'] as const;
const USE_SHAPE = {
  params: { deviceId: DeviceId },
  headers: CHANGE_HEADERS,
  body: 'ChangeDeviceUse',
  answer: 'DeviceUseChanged',
} as const;
const USE_PROBLEMS = [...PROBLEMS, 'conflict', 'revision-moved', 'precondition-required'] as const;

/** Which devices may speak: enrolment, certificates, quarantine. */
@ApiTags('devices')
@Controller('api/v1')
export class DeviceRightsController {
  constructor(
    private readonly registry: DeviceRegistry,
    private readonly desk: DeviceDesk,
    private readonly clock: AppClock,
  ) {}

  @Post('devices/:deviceId/enrolments')
  @Requires('device.manage', 'device.enrol')
  @Endpoint({
    summary: 'Give a device a token for its certificate; it is shown this once',
    description:
      'The token goes into `POST /api/v1/device-enrolments` with a request of the device, once and within 15 minutes. A token of before holds no more. 409 for a device that is not in use.',
    params: { deviceId: DeviceId },
    answer: 'DeviceEnrolment',
    status: 201,
    problems: [...PROBLEMS, 'conflict'],
  })
  async enrol(@Context() context: RequestContext, @Param('deviceId') id: unknown): Promise<DeviceEnrolment> {
    const deviceId = parse(DeviceId, id, 'params.deviceId');
    context.subject(`device:${deviceId}`);
    const { token, expiresWallMs } = await this.desk.openEnrolment(deviceId, this.who(context, 'token shown'));
    return { deviceId, token, expiresWallMs: EpochMs.parse(expiresWallMs) };
  }

  @Post('device-enrolments')
  @Public('a device shows the token that somebody was given for it', 'device.redeem')
  @Endpoint({
    summary: 'Exchange a device’s token for its client certificate',
    description:
      'The key never leaves the device: the body has a PKCS #10 request. The gateway takes the certificate within seconds. 409 where the authority’s key is kept elsewhere, or the device has eight certificates.',
    body: 'RedeemEnrolment',
    answer: 'EnrolledDevice',
    status: 201,
    problems: ['wrong-code', 'conflict', 'store-unavailable'],
  })
  redeem(@Context() context: RequestContext, @Body() body: unknown): Promise<EnrolledDevice> {
    return this.desk.redeem(parse(RedeemEnrolment, body, 'body'), (deviceId) => {
      context.subject(`device:${deviceId}`);
      return this.who(context, 'certificate signed');
    });
  }

  @Delete('devices/:deviceId/certificates/:fingerprint')
  @Requires('device.manage', 'device.revoke')
  @Endpoint({
    summary: 'Take the right to speak from one certificate of a device',
    description:
      'Sessions by it end: at the gateway here within seconds, at others with their next configuration. Again: nothing happens.',
    params: { deviceId: DeviceId, fingerprint: Fingerprint },
    answer: null,
    problems: PROBLEMS,
  })
  async revoke(
    @Context() context: RequestContext,
    @Param() params: { readonly deviceId: unknown; readonly fingerprint: unknown },
  ): Promise<void> {
    const deviceId = parse(DeviceId, params.deviceId, 'params.deviceId');
    const fingerprint = parse(Fingerprint, params.fingerprint, 'params.fingerprint');
    context.subject(`device:${deviceId}`, null, `certificate:${fingerprint}`);
    if ((await this.registry.find(deviceId)) === null) throw new PlatformError('not-found', { ids: [`device:${deviceId}`] });
    await this.desk.revoke(deviceId, fingerprint);
  }

  @Post('devices/:deviceId/quarantine')
  @Requires('device.manage', 'device.quarantine')
  @Endpoint({
    summary: 'Forbid a device to speak until somebody releases it',
    description:
      'Its certificates and its token hold no more, and its sessions end. It stays assigned to its bed until a person ends that: `openSpans` says where. The bed’s alarm says that nothing comes.',
    ...USE_SHAPE,
    problems: USE_PROBLEMS,
  })
  quarantine(
    @Context() context: RequestContext,
    @Param('deviceId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeviceUseChanged> {
    return this.use(context, { id, headers, body, state: 'quarantined' }, reply);
  }

  @Post('devices/:deviceId/release')
  @Requires('device.manage', 'device.release')
  @Endpoint({
    summary: 'Let a device speak again',
    description: 'What it had before its quarantine holds again. One that was retired has to be enrolled anew.',
    ...USE_SHAPE,
    problems: USE_PROBLEMS,
  })
  release(
    @Context() context: RequestContext,
    @Param('deviceId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeviceUseChanged> {
    return this.use(context, { id, headers, body, state: 'in-use' }, reply);
  }

  @Post('devices/:deviceId/retire')
  @Requires('device.manage', 'device.retire')
  @Endpoint({
    summary: 'Take a device out of use for good; its id stays taken',
    description: 'All of its certificates are revoked. Refused while it is assigned to a bed.',
    ...USE_SHAPE,
    problems: [...USE_PROBLEMS, 'assignment-conflict'],
  })
  retire(
    @Context() context: RequestContext,
    @Param('deviceId') id: unknown,
    @Headers() headers: CommandHeaders,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeviceUseChanged> {
    return this.use(context, { id, headers, body, state: 'retired' }, reply);
  }

  private async use(
    context: RequestContext,
    asked: {
      readonly id: unknown;
      readonly headers: CommandHeaders;
      readonly body: unknown;
      readonly state: DeviceUse;
    },
    reply: FastifyReply,
  ): Promise<DeviceUseChanged> {
    const { headers, state } = asked;
    const deviceId = parse(DeviceId, asked.id, 'params.deviceId');
    const { reason } = parse(ChangeDeviceUse, asked.body, 'body');
    context.subject(`device:${deviceId}`);
    const ifRev = ifMatch(headers['if-match'], 'signal');
    const change = {
      ...changeOf(context, headers, this.clock, `${state}: ${reason}`),
      by: context.person.staffId,
      deviceId,
      ifRev,
    };
    const { value: device, repeated } = await this.registry.use({ state, reason }, change);
    if (repeated) context.commandRepeated();
    // Also for a repeat: the first one may have died before it came to the files.
    await this.desk.enforce(device.deviceId);
    void reply.header('etag', `"${device.rev}"`);
    return { device, openSpans: [...(await this.registry.openSpans(deviceId))] };
  }

  private who(context: RequestContext, detail: string): Who {
    return { audit: context.commandEntry(detail), nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
  }
}
