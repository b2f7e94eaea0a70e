import { Light } from '../elements/page.ts'
import { prefs } from '../lib/prefs.ts'
import { session } from '../lib/session.ts'
import { Watch } from '../lib/store.ts'

/** One of the staff rooms: speaks the language of the moment and knows who is in it. */
export class Room extends Light {
  constructor() {
    super()
    new Watch(this, prefs, session)
  }
}
