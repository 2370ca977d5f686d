import { svelte } from '@sveltejs/vite-plugin-svelte';

export default { base: './', worker: { format: 'es' }, plugins: [svelte()] };
