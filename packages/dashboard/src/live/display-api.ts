import { DisplaySettings } from '@vigil/contracts';
import { display } from '../model/display.js';
import { request } from './request.js';

const PATH = '/api/v1/display';

/** Asks how the site says things. What can't be had stays as it was: screens say something rather than nothing. */
export async function loadDisplay(): Promise<void> {
  const answer = await request('GET', PATH, DisplaySettings, { background: true });
  if (answer.ok) display.set(answer.value);
}
