"""What the brand does in a turn: policies decide, guards tighten. `config.yml` orders and sets them.

To add one: a file in `decide/` or `guard/`, a line here, its place in `config.yml`, and words for its
reasons in `reasons.py`.
"""

from policies.base import Guard, Policy
from policies.decide.answer import Answer
from policies.decide.complaint import Complaint
from policies.decide.confidence import Confidence
from policies.decide.opt_out import OptOutPolicy
from policies.decide.safety import Safety
from policies.decide.spam import Spam
from policies.guard.loop_fuse import LoopFuse
from policies.guard.quiet_hours import QuietHours

POLICIES: dict[str, type[Policy]] = {
    policy.name: policy for policy in (OptOutPolicy, Safety, Spam, Complaint, Confidence, Answer)
}
"""In the order that is recommended."""
GUARDS: dict[str, type[Guard]] = {guard.name: guard for guard in (LoopFuse, QuietHours)}
