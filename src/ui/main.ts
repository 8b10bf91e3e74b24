// What moves on the pages. Each of them is complete without it: the server renders everything, and the
// script only gets the same pages again and puts the difference in place.
import { startClock } from './clock.js'
import { startCopy } from './copy.js'
import { startEvents } from './events.js'
import { startKeys } from './keys.js'
import { startLive } from './live.js'
import { startRowWindow } from './row-window.js'
import { startSearch } from './search.js'
import { startTheme } from './theme.js'
import { startTrial } from './trial.js'
import { Visits } from './visits.js'

const tools = document.querySelector('#tools')
const root = document.body.dataset['root'] ?? './'
if (tools !== null) {
  if (document.body.hasAttribute('data-live')) startLive(tools)
  startEvents(tools)
  startTheme(tools, root)
}
startClock()
const visits = new Visits()
startSearch(visits)
startRowWindow(visits)
startCopy()
startTrial()
startKeys()
