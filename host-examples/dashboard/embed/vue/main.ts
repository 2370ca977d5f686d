import { createApp } from 'vue';
import Admin from './Admin.vue';

createApp(Admin).mount('#app');
