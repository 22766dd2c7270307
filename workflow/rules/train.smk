use rule train_mle as train_mle_continued with:
    wildcard_constraints:
        algorithm=planned_algorithms("mle-continued"),


use rule train_mle as train_raml with:
    wildcard_constraints:
        algorithm=planned_algorithms("raml"),


use rule train_mle as train_vaml with:
    wildcard_constraints:
        algorithm=planned_algorithms("vaml"),


use rule train_mle as train_actor_critic with:
    wildcard_constraints:
        algorithm=planned_algorithms("joint"),
