import { Module } from '@nestjs/common';
import { DisplayController } from './display.controller.js';

@Module({ controllers: [DisplayController] })
export class DisplayModule {}
