import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Page, TRAY_SHOWN_MAX, TrayDevice } from '@vigil/contracts';
import { Requires } from '../access/access.decorators.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { AppClock } from '../ports/app-clock.js';
import { DeviceAssignments } from '../ports/device-assignments.js';
import { DeviceRegistry } from '../ports/device-registry.js';
import { HeldMessages } from '../ports/held-messages.js';

/** What waits until somebody says where its device was. Nothing of a patient is in it, so that reading leaves no audit row. */
@ApiTags('tray')
@Controller('api/v1/tray')
export class TrayController {
  constructor(
    private readonly held: HeldMessages,
    private readonly registry: DeviceRegistry,
    private readonly assignments: DeviceAssignments,
    private readonly clock: AppClock,
  ) {}

  @Get()
  @Requires('tray.read')
  @Endpoint({
    summary: 'List devices whose messages are nobody’s yet',
    description:
      'By device id, at most 500, and nothing of what was measured. `POST device-assignments` with `fromMs` says where a device was: what it sent since then goes to that bed within seconds, with its own times.',
    answer: 'TrayDeviceList',
    problems: ['unauthenticated', 'forbidden', 'store-unavailable'],
  })
  async list(): Promise<Page<TrayDevice>> {
    const items: TrayDevice[] = [];
    for (const { deviceId, count, fromMs, toMs, sinceWallMs } of await this.held.devices(TRAY_SHOWN_MAX)) {
      const atMs = this.clock.nowMs();
      const [record, now] = [await this.registry.find(deviceId), await this.assignments.list({ deviceId, atMs, limit: 1 })];
      const [model, bedId] = [record?.model ?? null, now.items[0]?.bedId ?? null];
      items.push(TrayDevice.parse({ deviceId, model, bedId, messages: count, oldestMs: fromMs, newestMs: toMs, sinceWallMs }));
    }
    return { items, next: null };
  }
}
