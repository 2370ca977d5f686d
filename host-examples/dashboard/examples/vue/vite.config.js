import vue from '@vitejs/plugin-vue';

export default {
  base: './',
  worker: { format: 'es' },
  plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'evenhand-desk' } } })],
};
