const desk = document.querySelector('evenhand-desk');
desk.addEventListener('evenhand-plan', ({ detail }) => {
  const of = ({ decisions }) => decisions.filter(({ agent }) => agent !== null).length;
  document.querySelector('#said').textContent = `${of(detail.plan)} of ${detail.plan.decisions.length} conversations get an agent, ${of(detail.other)} under the policy that is tried.`;
});
desk.policy = { rule: 'least_loaded' };
desk.snapshot = await (await fetch('./plain.json')).text();
