import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { DisplaySettings } from '@vigil/contracts';
import { Public } from '../access/access.decorators.js';
import { Endpoint } from '../http/endpoint.decorator.js';
import { SiteDisplay } from '../ports/site-display.js';

/** How the screens of this site say things: also the one on which nobody has signed in yet. */
@ApiTags('display')
@Controller('api/v1/display')
export class DisplayController {
  constructor(private readonly display: SiteDisplay) {}

  @Get()
  @Public('the page that asks for a password has a language too; nothing of a patient is in it')
  @Endpoint({
    summary: 'Show how the screens of this site say things',
    description:
      'Language, units of measure, clock, colours, sound and whom to call: `display` of site.yaml, read at every start.',
    answer: 'DisplaySettings',
    problems: [],
  })
  show(): DisplaySettings {
    return this.display.settings;
  }
}
