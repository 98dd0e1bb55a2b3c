"""Functions in processes of their own, each running AWS's runtime client against a Runtime API of the sandbox's."""
