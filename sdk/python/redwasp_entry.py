"""What componentize-py makes a component of: `componentize-py … componentize redwasp_entry -p PROJECT -p SDK`.

It imports the plugin that the project's plugin.toml names and takes the class that this exports. The memory after this
module's end is what every call of the component starts with.
"""

from redwasp_sdk import guest

Collector, Sweeper = guest.load()
