import { Module } from '@nestjs/common';
import { HistoryAccess } from './history-access.js';
import { HistoryController } from './history.controller.js';

@Module({ controllers: [HistoryController], providers: [HistoryAccess] })
export class HistoryModule {}
