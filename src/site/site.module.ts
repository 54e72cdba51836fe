import { Module } from '@nestjs/common';
import { SiteController } from './site.controller.js';

/** The site as a file, out and in. */
@Module({ controllers: [SiteController] })
export class SiteModule {}
