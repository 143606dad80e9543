"""What does a landmark model cost, or gain, in face verification?"""
