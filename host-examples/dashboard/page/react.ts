// `<evenhand-desk>` in the JSX of React 19.

import type * as React from 'react';
import type { EvenhandDesk, EvenhandDeskEvents, EvenhandDeskProperties } from './desk.ts';

type Listeners = { [Name in keyof EvenhandDeskEvents as `on${Name}`]?: (event: EvenhandDeskEvents[Name]) => void };

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'evenhand-desk': React.DetailedHTMLProps<React.HTMLAttributes<EvenhandDesk>, EvenhandDesk> & EvenhandDeskProperties & Listeners & { link?: boolean | undefined };
    }
  }
}
