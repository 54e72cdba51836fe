import { Module } from '@nestjs/common';
import { AudioPausesController } from './audio-pauses.controller.js';
import { ShelvesController } from './shelves.controller.js';

/** What makes no sound for a while: conditions of stays, and screens. */
@Module({ controllers: [ShelvesController, AudioPausesController] })
export class ShelvesModule {}
