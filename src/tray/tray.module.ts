import { Module } from '@nestjs/common';
import { TrayController } from './tray.controller.js';

/** What devices sent while they were at no bed. */
@Module({ controllers: [TrayController] })
export class TrayModule {}
