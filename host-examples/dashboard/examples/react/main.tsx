import type {} from '@evenhand/desk/react';
import type { Policy } from '@evenhand/desk/sim';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

function Desk() {
  const [policy, setPolicy] = useState<Policy>({ rule: 'least_loaded' });
  return (
    <>
      <button onClick={() => setPolicy({ rule: 'least_recent' })}>Least recent</button>
      <evenhand-desk
        // Not `policy={policy}`: until the element's script is there, React makes attributes of objects.
        ref={(desk) => {
          if (desk) desk.policy = policy;
        }}
        // An equal policy is no change.
        onevenhand-change={() => setPolicy((policy) => ({ ...policy }))}
      />
    </>
  );
}

createRoot(document.querySelector('#root')!).render(<StrictMode><Desk /></StrictMode>);
setTimeout(() => import('@evenhand/desk'));
