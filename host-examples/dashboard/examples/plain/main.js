const desk = document.querySelector('evenhand-desk');
let rule = 'least_loaded';

// The element's own script comes later.
desk.policy = { rule };
// An equal policy is no change.
desk.addEventListener('evenhand-change', () => (desk.policy = { rule }));
document.querySelector('button').onclick = () => (desk.policy = { rule: (rule = 'least_recent') });
