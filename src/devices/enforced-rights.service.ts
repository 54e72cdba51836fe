import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DeviceDesk } from './device-desk.js';

/** Takes up at the start what a crash may have left half done: a device in quarantine that its files still let speak. */
@Injectable()
export class EnforcedRights implements OnApplicationBootstrap {
  constructor(private readonly desk: DeviceDesk) {}

  onApplicationBootstrap(): Promise<void> {
    return this.desk.enforceAll();
  }
}
