import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DeviceCheck, DeviceId } from '@vigil/contracts';
import { may, PlatformError } from '@vigil/domain';
import { Context, Requires } from '../access/access.decorators.js';
import { RequestContext } from '../access/request-context.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { parse } from '../http/invalid-request.js';
import { AppClock } from '../ports/app-clock.js';
import { DeviceAssignments } from '../ports/device-assignments.js';
import { DeviceRegistry } from '../ports/device-registry.js';
import { type BedRow, Directory } from '../ports/directory.js';
import { LiveState } from '../ports/live-state.js';

const PARAMS = { deviceId: DeviceId } as const;
/** What is older says nothing about the device in front of somebody. Event time at speed 1. */
const AGE_MS_MAX = 60_000;

/** What somebody compares with a device in front of them before they say whose it is. */
@ApiTags('device-assignments')
@Controller('api/v1/devices')
export class DeviceCheckController {
  constructor(
    private readonly registry: DeviceRegistry,
    private readonly assignments: DeviceAssignments,
    private readonly directory: Directory,
    private readonly live: LiveState,
    private readonly clock: AppClock,
  ) {}

  @Get(':deviceId/check')
  @Requires('device.check')
  @Endpoint({
    summary: 'Show what a device is and says now, while that is nobody’s, to compare it with the one at the bedside',
    description:
      'Its values only where it stands at no bed, or at one of a care unit of yours in which nobody lies; `withheld` says why not.',
    params: PARAMS,
    answer: 'DeviceCheck',
    problems: ['unauthenticated', 'forbidden', 'not-found', 'store-unavailable'],
  })
  async check(@Context() context: RequestContext, @Param('deviceId') id: unknown): Promise<DeviceCheck> {
    const deviceId = parse(DeviceId, id, 'params.deviceId');
    context.subject(`device:${deviceId}`);
    const record = await this.registry.find(deviceId);
    if (record === null) throw new PlatformError('not-found', { ids: [`device:${deviceId}`] });
    const nowMs = Math.round(this.clock.nowMs());
    const [span] = (await this.assignments.list({ deviceId, atMs: nowMs, limit: 1 })).items;
    const row = span === undefined ? null : await this.directory.bed(span.bedId);
    const withheld = row === null ? null : withheldAt(row, context);
    const { manufacturer, model, serial, place, state } = record;
    return DeviceCheck.parse({
      ...{ deviceId, nowMs, record: { manufacturer, model, serial, place, state }, withheld },
      bed:
        span === undefined || row === null
          ? null
          : {
              ...{ bedId: row.bedId, label: row.label, careUnitId: row.careUnitId, fromMs: span.fromMs },
              ...{ assignmentId: span.assignmentId, rev: span.rev, occupied: row.encounter !== null },
            },
      readings: withheld === null ? this.readings(deviceId, { row, fromMs: span?.fromMs ?? 0, nowMs }) : [],
    });
  }

  /** Nothing of before it came to where it is: that was somebody else's. */
  private readings(
    deviceId: DeviceId,
    { row, fromMs, nowMs }: { readonly row: BedRow | null; readonly fromMs: number; readonly nowMs: number },
  ): DeviceCheck['readings'] {
    const oldestMs = Math.max(fromMs, nowMs - AGE_MS_MAX * this.clock.rate);
    return this.live.ofDevice(deviceId, row?.bedId ?? null).filter(({ atMs }) => atMs >= oldestMs);
  }
}

function withheldAt({ careUnitId, encounter }: BedRow, context: RequestContext): DeviceCheck['withheld'] {
  if (!may(context.caller, 'device.assign.occupied', { careUnitIds: [careUnitId] }).allowed) return 'elsewhere';
  return encounter === null ? null : 'of-a-patient';
}
